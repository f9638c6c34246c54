import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditRecord } from '../state/types.ts';
import { linesForward } from './read.ts';
import type { AuditPoint, AuditVerdict, StoredAuditRecord } from './types.ts';

/** What the first record holds in place of the hash of the one before it. */
export const beginning = '0'.repeat(64);

const nameForm = /^audit-(\d{12})\.jsonl$/;

/** `audit-000000000001.jsonl`: named after its first record. */
export const fileNameOf = (first: number): string => `audit-${String(first).padStart(12, '0')}.jsonl`;

/** The files of a trail, oldest first. */
export function trailFiles(folder: string): { path: string; name: string; first: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => nameForm.test(name))
    .sort()
    .map((name) => ({ path: join(folder, name), name, first: Number(nameForm.exec(name)?.[1]) }));
}

export const hashOf = (line: string | Uint8Array): string => createHash('sha256').update(line).digest('hex');

/** A record as a line, without its end. */
export function lineOf(record: AuditRecord, sequence: number, previous: string): string {
  const { timestamp, action, user, success, source_ip, details } = record;
  const time = new Date(timestamp).toISOString();
  return JSON.stringify({ sequence, timestamp: time, action, user, success, source_ip, details, previous });
}

interface Line {
  record: StoredAuditRecord;
  previous: string;
}

/** Null: the text is no record. */
export function readLine(text: string): Line | null {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const timestamp = Date.parse(String(value.timestamp));
    const isWhole =
      Number.isSafeInteger(value.sequence) &&
      Number.isFinite(timestamp) &&
      typeof value.action === 'string' &&
      typeof value.previous === 'string' &&
      typeof value.details === 'object';
    if (!isWhole) return null;
    return {
      record: {
        sequence: Number(value.sequence),
        timestamp,
        action: String(value.action),
        user: value.user === null ? null : String(value.user),
        success: value.success === true,
        source_ip: value.source_ip === null ? null : String(value.source_ip),
        details: (value.details ?? {}) as Record<string, unknown>,
      },
      previous: String(value.previous),
    };
  } catch {
    return null;
  }
}

/**
 * Reads a whole trail and names the first record that does not fit.
 *
 * @param anchor what was last known to be synced: a trail that ends before it was cut. Null: that cannot be told.
 */
export async function verifyTrail(folder: string, anchor: AuditPoint | null): Promise<AuditVerdict> {
  const files = trailFiles(folder);
  const verdict: AuditVerdict = {
    ok: true,
    records: 0,
    files: files.length,
    bytes: 0,
    last: null,
    problem: null,
    notes: [],
  };
  const broken = (file: string, line: number, sequence: number | null, message: string): AuditVerdict => ({
    ...verdict,
    ok: false,
    problem: { sequence, file, line, message },
  });
  let expected: AuditPoint = { sequence: 1, hash: beginning };
  for (const [index, { path, name }] of files.entries()) {
    verdict.bytes += statSync(path).size;
    const isLastFile = index === files.length - 1;
    let number = 0;
    let torn = false;
    for await (const { bytes, isWhole } of linesForward(path)) {
      number += 1;
      const at = expected.sequence;
      const line = readLine(bytes.toString('utf8'));
      if (line === null) {
        torn = !isWhole && isLastFile;
        if (torn) break;
        return broken(name, number, at, 'The line is no record: it was damaged, or something was put in.');
      }
      const { sequence } = line.record;
      if (sequence > at) return broken(name, number, at, `Record ${at} is missing: record ${sequence} follows.`);
      if (sequence < at) return broken(name, number, sequence, `Record ${sequence} is there twice, or out of order.`);
      if (line.previous !== expected.hash) {
        const before = at === 1 ? 'it does not say that it is the first' : `record ${at - 1} before it was changed`;
        return broken(name, number, sequence, `Record ${sequence} does not fit: ${before}, or it was put in.`);
      }
      const hash = hashOf(bytes);
      if (anchor?.sequence === sequence && anchor.hash !== hash)
        return broken(
          name,
          number,
          sequence,
          `Record ${sequence} was changed: its hash is not the one that was noted.`,
        );
      verdict.records += 1;
      verdict.last = { sequence, hash };
      expected = { sequence: sequence + 1, hash };
    }
    if (torn)
      verdict.notes.push(
        `The last line of ${name} is torn, as after a kill; the next start says so in the trail and goes on.`,
      );
  }
  if (anchor !== null && (verdict.last?.sequence ?? 0) < anchor.sequence) {
    const name = files.at(-1)?.name ?? folder;
    const from = (verdict.last?.sequence ?? 0) + 1;
    return broken(
      name,
      0,
      from,
      `The end is cut off: records ${from} to ${anchor.sequence} were written and are missing.`,
    );
  }
  return verdict;
}
