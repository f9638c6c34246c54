/**
 * The documented detectors over 1, 2 and 4 million stored events: the store on its thread as in the program, the engine and
 * the answer on this one.
 * The history holds what is worst for a detector: of 100 events 35 packets of 100 busy addresses that each try one port for
 * ever, 35 events of one address that does everything (failed logins, packets to all ports, requests, refused database
 * logins), and 30 of 20,000 other addresses. DuckDB makes it itself, 20 ms between events.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DuckDBInstance } from '@duckdb/node-api';
import { loadShippedRules } from '../src/rules-folder.ts';
import type { AttackType, ThreatKind, ThreatRequest } from '../src/serve/threats/messages.ts';
import { detectorOf, type Parameters } from '../src/serve/threats/parameters.ts';
import { connectEventStore } from '../src/store/client.ts';
import { tableDefinition } from '../src/store/events/duckdb/query.ts';
import { findThreats } from '../src/threats/run.ts';
import { benchFolder, thousands } from './measure.ts';

const million = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const stepMs = 20;
const end = Date.UTC(2026, 10, 20);

function rows(events: number): string {
  const began = end - events * stepMs;
  const random = (seed: number, below: number) => `(hash(i * 16 + ${seed}) % ${below})`;
  const anyone = `('198.51.' || ${random(1, 80)} || '.' || ${random(2, 250)})`;
  return `
    SELECT
      printf('%08x-%04x-8%03x-8%03x-%012x', time // 65536, time % 65536, ${random(3, 4096)}, ${random(4, 4096)}, ${random(5, 281474976710656)})::UUID AS id,
      time, time + 3 AS received_at, 'syslog_192.0.2.1' AS source, 'syslog' AS source_type,
      CASE what WHEN 'login' THEN 'sshd' WHEN 'packet' THEN 'ufw' WHEN 'sql' THEN 'mysql' ELSE 'nginx-access' END AS format,
      'web1' AS host, CASE what WHEN 'login' THEN 'sshd' ELSE 'kernel' END AS program,
      CASE what WHEN 'login' THEN 'auth.failure' WHEN 'packet' THEN 'net.blocked' WHEN 'sql' THEN 'sql.auth_failure' ELSE 'web.request' END AS event_type,
      'failure' AS outcome, 'medium' AS severity, src_ip,
      CASE WHEN what = 'packet' THEN '192.0.2.' || i % 20 END AS dst_ip,
      CASE WHEN what = 'packet' THEN CASE WHEN kind < 35 THEN 443 ELSE 1 + ${random(8, 60000)}::BIGINT END END AS dst_port,
      CASE what WHEN 'packet' THEN 'tcp' WHEN 'login' THEN 'ssh' ELSE 'http' END AS protocol,
      CASE WHEN what IN ('login', 'sql') THEN 'user' || ${random(9, 500)} END AS "user",
      0 AS message_at, length(raw) AS message_length, raw,
      CASE WHEN what = 'packet' THEN '{"tcp_flags":"SYN","action":"BLOCK"}' WHEN what = 'request' THEN '{"method":"GET","status":200}' END AS fields
    FROM (
      SELECT *, CASE what
        WHEN 'login' THEN 'Failed password for user' || ${random(9, 500)} || ' from ' || src_ip || ' port 40000 ssh2'
        WHEN 'packet' THEN '[UFW BLOCK] IN=eth0 OUT= SRC=' || src_ip || ' DST=192.0.2.1 LEN=60 TTL=51 PROTO=TCP SYN URGP=0'
        WHEN 'sql' THEN 'Access denied for user'
        ELSE src_ip || ' - - "GET / HTTP/1.1" 200 512' END AS raw
      FROM (
        SELECT *,
          CASE WHEN kind < 35 THEN 'packet' ELSE ['login', 'packet', 'request', 'packet', 'sql'][(1 + ${random(10, 5)})::BIGINT] END AS what,
          CASE WHEN kind < 35 THEN '203.0.113.' || (i % 100) WHEN kind < 70 THEN '192.0.2.200' ELSE ${anyone} END AS src_ip
        FROM (SELECT i, ${random(0, 100)} AS kind, ${began}::BIGINT + i * ${stepMs} AS time FROM range(0, ${events}) r(i))
      )
    )`;
}

async function history(events: number): Promise<string> {
  const folder = join(benchFolder, `threats-${events}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
  const connection = await instance.connect();
  await connection.run(`ATTACH '${join(unfinished, '000001.duckdb')}' AS s (STORAGE_VERSION 'v1.5.0')`);
  await connection.run(`CREATE TABLE s.events (${tableDefinition})`);
  await connection.run('CREATE TABLE s.segments (id BIGINT)');
  await connection.run('CREATE TABLE s.schema_version (version INTEGER)');
  await connection.run('INSERT INTO s.schema_version VALUES (1)');
  await connection.run(`INSERT INTO s.events BY NAME ${rows(events)}`);
  await connection.run('CHECKPOINT s');
  await connection.run('DETACH s');
  connection.closeSync();
  instance.closeSync();
  renameSync(unfinished, folder);
  return folder;
}

const shipped = loadShippedRules().docs;
const detector = (attack: AttackType, parameters: Parameters) =>
  detectorOf(attack, parameters, {}, { inForce: shipped, shipped });
const minute = 60_000;
const kinds: Record<ThreatKind, ThreatRequest['detectors']> = {
  'brute-force': [detector('BRUTE_FORCE', { windowMs: 15 * minute, atLeast: 5 })],
  ddos: [
    detector('SINGLE_IP_FLOOD', { windowMs: minute, atLeast: 100 }),
    detector('DISTRIBUTED_FLOOD', { windowMs: minute, atLeast: 10, minEvents: 500 }),
  ],
  'port-scan': [detector('PORT_SCAN', { windowMs: 10 * minute, atLeast: 10, minEvents: 20 })],
  'sql-injection': [detector('SQL_INJECTION', { windowMs: 15 * minute, atLeast: 1 })],
};

for (const times of (process.env.BENCH_TIMES ?? '1,2,4').split(',').map(Number)) {
  const events = million * times;
  const storeThread = new Worker(new URL('../src/store/worker.ts', import.meta.url), {
    workerData: { folder: await history(events), maxBytes: 1e12, memoryLimitMb: 96 },
  });
  const store = connectEventStore(storeThread);
  for (const [kind, detectors] of Object.entries(kinds)) {
    if (process.env.BENCH_KIND !== undefined && kind !== process.env.BENCH_KIND) continue;
    const request: ThreatRequest = {
      ...{ from: end - events * stepMs, to: end + 1, detectors, severities: null, limit: 1000 },
      want: 'attacks',
    };
    const began = performance.now();
    const cpu = process.cpuUsage();
    const result = await findThreats(request, store, { maxGroupsPerRule: 100_000, maxSeconds: 600 });
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    if (result.scanned !== events) throw new Error(`${result.scanned} of ${events} events were looked at.`);
    if (result.total === 0) throw new Error(`${kind} found nothing.`);
    console.log(
      `  ${kind}, ${thousands(events)} events: ${thousands(result.matched)} matched, ${thousands(result.total)} found, ${((user + system) / 1e6).toFixed(1)} s of processor time, ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
    );
    console.log(`threats, ${kind}, ${times}x, a million events: ${(seconds / times).toFixed(2)} s (target 5)`);
  }
  await store.close();
  await storeThread.terminate();
}
