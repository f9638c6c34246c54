import { expect, test } from 'vitest';
import { newEvent, type SourceInfo } from '../../model/index.ts';
import { createBait } from './enrichment.ts';

const origin: SourceInfo = { source: 's', source_type: 'file', peer: null, hint: null, identity: '' };
const bait = createBait({
  accounts: [{ user: 'backup_mira42', label: 'dump' }],
  passwords: [{ sha256: 'a'.repeat(64), label: 'dump' }],
  paths: [
    { path: '/staging-lofu17/', label: 'folder' },
    { path: '/export-mirado.zip', label: 'file' },
  ],
});

test.each([
  ['the user of a login', { user: 'backup_mira42' }, {}, 'account dump'],
  ['another user', { user: 'backup' }, {}, ''],
  ['a password at a decoy', { user: 'root' }, { password_sha256: 'a'.repeat(64) }, 'password dump'],
  ['the folder', {}, { path: '/staging-lofu17/' }, 'path folder'],
  ['the folder without its slash', {}, { path: '/staging-lofu17' }, 'path folder'],
  ['below the folder', {}, { path: '/staging-lofu17/a/b.php' }, 'path folder'],
  ['beside the folder', {}, { path: '/staging-lofu178/' }, ''],
  ['the file', {}, { path: '/export-mirado.zip' }, 'path file'],
  ['below the file', {}, { path: '/export-mirado.zip/x' }, ''],
  ['a path of very many parts', {}, { path: '/a'.repeat(30_000) }, ''],
  ['a path that is none', {}, { path: 7 }, ''],
])('%s', (_, facts, fields, found) => {
  const event = { ...newEvent(origin, 0, ''), ...facts, fields: { ...fields } as Record<string, string> };
  bait.apply(event);
  const { honeytoken_kind: kind, honeytoken: label } = event.fields;
  expect(kind === undefined ? '' : `${kind} ${label}`).toBe(found);
  expect(event.tags).toEqual(found === '' ? [] : ['honeytoken']);
});
