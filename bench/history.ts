/**
 * A large stored history, made quickly: DuckDB computes the rows itself and writes them straight into slices, with the
 * columns that parsed lines of those kinds have. About 40 bytes and 4 µs an event, where parsing and loading takes 60 µs.
 *
 * Mix per 100 events: 27 failed SSH logins, 27 packets blocked by UFW, 26 requests to nginx, 6 accepted SSH logins, 6 sudo
 * commands, 8 cron runs. Seven of ten failed logins are of attackers who come one after the other, the rest of 20,000 addresses.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableDefinition } from '../src/store/events/duckdb/query.ts';

const rowsPerSlice = 1_250_000;

/** SQL of column values; `i` is the event's number, `kind` one of 100. */
function rows(from: number, to: number, began: number, stepMs: number): string {
  const random = (seed: number, below: number) => `(hash(i * 16 + ${seed}) % ${below})`;
  const attacker = `('203.0.' || (i // 4000 // 250) % 250 || '.' || (i // 4000) % 250)`;
  const anyone = `('198.51.' || ${random(1, 80)} || '.' || ${random(2, 250)})`;
  return `
    SELECT
      printf('%08x-%04x-8%03x-8%03x-%012x', time // 65536, time % 65536, ${random(3, 4096)}, ${random(4, 4096)}, ${random(5, 281474976710656)})::UUID AS id,
      time, time + 3 AS received_at, 'syslog_192.0.2.' || i % 8 AS source, 'syslog' AS source_type,
      CASE WHEN kind < 33 THEN 'sshd' WHEN kind < 60 THEN 'ufw' WHEN kind < 86 THEN 'nginx' WHEN kind < 92 THEN 'sudo' ELSE 'cron' END AS format,
      'web' || i % 20 AS host,
      CASE WHEN kind < 33 THEN 'sshd' WHEN kind < 60 THEN 'kernel' WHEN kind < 86 THEN 'nginx' WHEN kind < 92 THEN 'sudo' ELSE 'CRON' END AS program,
      1000 + ${random(6, 60000)}::BIGINT AS pid, 'auth' AS facility, 'info' AS level,
      CASE WHEN kind < 27 THEN 'auth.failure' WHEN kind < 33 THEN 'auth.success' WHEN kind < 60 THEN 'net.blocked' WHEN kind < 86 THEN 'web.request' WHEN kind < 92 THEN 'privilege.sudo' ELSE 'cron.run' END AS event_type,
      CASE WHEN kind < 27 THEN 'failure' WHEN kind < 33 THEN 'success' WHEN kind < 60 THEN 'denied' ELSE 'unknown' END AS outcome,
      CASE WHEN kind < 27 THEN 'medium' ELSE 'info' END AS severity,
      CASE WHEN kind < 19 THEN ${attacker} WHEN kind < 86 THEN ${anyone} END AS src_ip,
      CASE WHEN kind < 60 THEN 1024 + ${random(7, 60000)}::BIGINT END AS src_port,
      CASE WHEN kind >= 33 AND kind < 60 THEN '192.0.2.' || i % 20 END AS dst_ip,
      CASE WHEN kind >= 33 AND kind < 60 THEN 1 + ${random(8, 1024)}::BIGINT END AS dst_port,
      CASE WHEN kind < 33 THEN 'ssh' WHEN kind < 60 THEN 'tcp' WHEN kind < 86 THEN 'http' END AS protocol,
      CASE WHEN kind < 33 OR kind >= 86 THEN 'user' || ${random(9, 50)} END AS "user",
      CASE WHEN kind < 27 THEN strpos(raw, ']: ') + 2 ELSE 0 END AS message_at,
      length(raw) - CASE WHEN kind < 27 THEN strpos(raw, ']: ') + 2 ELSE 0 END AS message_length,
      raw,
      CASE WHEN kind >= 60 AND kind < 86 THEN '{"method":"GET","path":"/p' || ${random(9, 50)} || '","status":200}' END AS fields
    FROM (
      SELECT *, CASE
        WHEN kind < 27 THEN 'Nov 14 10:00:00 web1 sshd[' || ${random(6, 60000)} || ']: Failed password for user' || ${random(9, 50)} || ' from ' || CASE WHEN kind < 19 THEN ${attacker} ELSE ${anyone} END || ' port ' || ${random(7, 60000)} || ' ssh2'
        WHEN kind < 33 THEN 'Nov 14 10:00:00 web1 sshd[' || ${random(6, 60000)} || ']: Accepted publickey for user' || ${random(9, 50)} || ' from ' || ${anyone} || ' port ' || ${random(7, 60000)} || ' ssh2'
        WHEN kind < 60 THEN 'Nov 14 10:00:00 web1 kernel: [UFW BLOCK] IN=eth0 OUT= SRC=' || ${anyone} || ' DST=192.0.2.' || i % 20 || ' LEN=60 TTL=51 PROTO=TCP SPT=' || ${random(7, 60000)} || ' DPT=' || ${random(8, 1024)} || ' SYN URGP=0'
        WHEN kind < 86 THEN ${anyone} || ' - - [14/Nov/2026:10:00:00 +0000] "GET /p' || ${random(9, 50)} || ' HTTP/1.1" 200 ' || ${random(8, 1024)} || ' "-" "Mozilla/5.0 (X11; Linux x86_64)"'
        WHEN kind < 92 THEN 'Nov 14 10:00:00 web1 sudo: user' || ${random(9, 50)} || ' : TTY=pts/0 ; PWD=/home ; USER=root ; COMMAND=/usr/bin/id'
        ELSE 'Nov 14 10:00:00 web1 CRON[' || ${random(6, 60000)} || ']: (root) CMD (run-parts /etc/cron.hourly)' END AS raw
      FROM (SELECT i, ${random(0, 100)} AS kind, ${began}::BIGINT + i * ${stepMs} AS time FROM range(${from}, ${to}) r(i))
    )`;
}

export interface History {
  /** Holds the slices; copy it, do not use it. */
  folder: string;
  bytes: number;
  from: number;
  to: number;
}

/** Makes `events` of history, `stepMs` apart, that ends at `to`; kept in `folder` and used again. */
export async function makeHistory(folder: string, events: number, stepMs: number, to: number): Promise<History> {
  const from = to - events * stepMs;
  const files = Array.from({ length: Math.ceil(events / rowsPerSlice) }, (_, i) =>
    join(folder, `${String(i + 1).padStart(6, '0')}.duckdb`),
  );
  if (!existsSync(folder)) {
    const unfinished = `${folder}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
    const connection = await instance.connect();
    for (let slice = 0; slice < files.length; slice += 1) {
      const file = join(unfinished, `${String(slice + 1).padStart(6, '0')}.duckdb`);
      await connection.run(`ATTACH '${file}' AS s (STORAGE_VERSION 'v1.5.0')`);
      await connection.run(`CREATE TABLE s.events (${tableDefinition})`);
      await connection.run('CREATE TABLE s.segments (id BIGINT)');
      await connection.run('CREATE TABLE s.schema_version (version INTEGER)');
      await connection.run('INSERT INTO s.schema_version VALUES (1)');
      const last = Math.min(events, (slice + 1) * rowsPerSlice);
      await connection.run(`INSERT INTO s.events BY NAME ${rows(slice * rowsPerSlice, last, from, stepMs)}`);
      await connection.run('CHECKPOINT s');
      await connection.run('DETACH s');
    }
    connection.closeSync();
    instance.closeSync();
    renameSync(unfinished, folder);
  }
  return { folder, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0), from, to };
}
