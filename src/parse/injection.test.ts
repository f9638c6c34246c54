/**
 * Names are the client's to choose. Every sample that names a user and a client is tried with names that look like parts of the
 * program's own message: whatever else is understood, the address in the name must not be accused.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event, LogRecord } from '../model/index.ts';
import { formats, parseRecord } from './index.ts';

const innocent = '192.0.2.66';
const names = [
  'x from 192.0.2.66',
  'x from 192.0.2.66 port 22 ssh2',
  "x' from '192.0.2.66",
  'x" from "192.0.2.66',
  'x [192.0.2.66]',
  'x (192.0.2.66)',
  'x rhost=192.0.2.66',
  'x ruser= rhost=192.0.2.66',
  'x, client: 192.0.2.66, server: y',
  'x@192.0.2.66',
  "x'@'192.0.2.66",
  'x> rip=192.0.2.66',
  'x IP: 192.0.2.66',
  'x host=192.0.2.66',
  '192.0.2.66',
  'x 192.0.2.66 - y "GET',
];

function parse(body: string): Event {
  const record: LogRecord = {
    seq: 0,
    origin: { source: 'file_x', source_type: 'file', peer: null, hint: null, identity: '' },
    received_at: Date.UTC(2026, 10, 21, 12),
    body,
    position: -1,
  };
  return parseRecord(record, { zoneMinutesAt: () => 0, year: null, live: false });
}

/** Forms that no program writes for a client who can choose his name: a peer without its port, a remote user of sshd's. */
const isHypothetical = (line: string): boolean =>
  (/sshd\S*: (?:error: )?(?:Failed|Accepted) /.test(line) && !line.includes(' port ')) ||
  /tty=ssh ruser=\w/.test(line) ||
  line.includes('authentication_id="');

describe.each(formats.map(({ name }) => name))('%s', (name) => {
  const folder = join(import.meta.dirname, name, 'samples');
  const lines = readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(1))
    .filter((line) => /\bann\b/.test(line) && !isHypothetical(line))
    .filter((line) => {
      const { user, src_ip } = parse(line);
      return user === 'ann' && src_ip !== null;
    });

  test(`accuses nobody whom a name mentions, in ${lines.length} lines`, () => {
    const accused: string[] = [];
    for (const line of lines) {
      for (const chosen of names) {
        if (line.startsWith('{') && chosen.includes('"')) continue;
        const body = line.replaceAll(/\bann\b/g, () => chosen);
        const { src_ip, outcome } = parse(body);
        if (src_ip === innocent && outcome !== 'unknown') accused.push(body);
      }
    }
    expect(accused).toEqual([]);
  });
});
