import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeGeoFiles, factsOf, openGeo, readGeoFiles } from './geo-files.ts';

const read = (change: Partial<Parameters<typeof readGeoFiles>[0]> = {}) =>
  readGeoFiles({ enabled: true, databases: [], folder: '/nowhere', log: () => undefined, ...change });

test('the country of an address, out of the box; private ones and what is no address are nowhere', () => {
  const files = read();
  expect(describeGeoFiles(files)).toMatchObject([{ type: expect.stringContaining('country'), attribution: null }]);
  const geo = openGeo(files);
  expect(geo?.('8.8.8.8')).toEqual({ country: 'US' });
  expect(geo?.('2a00:1450:4001:800::200e')?.country).toMatch(/^[A-Z]{2}$/);
  for (const address of ['10.0.0.1', '127.0.0.1', '::1', 'fe80::1', 'nonsense', '']) expect(geo?.(address)).toBeNull();
  // The database places these in Australia and Japan, where their registry is.
  for (const address of ['198.51.100.7', '203.0.113.7', '2001:db8::1']) expect(geo?.(address)).toBeNull();
});

test('a file is read by the first look into it; one that was written over meanwhile is left alone', () => {
  const [shipped] = read();
  const folder = mkdtempSync(join(tmpdir(), 'phosor-geo-'));
  const path = join(folder, 'own.mmdb');
  copyFileSync(shipped?.path ?? '', path);
  const open = () => read({ folder }).filter((file) => file.path === path);
  const isEmpty = ([file]: ReturnType<typeof open>) =>
    new Uint8Array(file?.bytes ?? new SharedArrayBuffer(0)).subarray(0, 16).every((byte) => byte === 0);
  const files = open();
  expect(isEmpty(files)).toBe(true);
  const [one, other] = [openGeo(files), openGeo(files)];
  expect(isEmpty(files)).toBe(true);
  expect(one?.('8.8.8.8')).toEqual({ country: 'US' });
  expect(isEmpty(files)).toBe(false);
  expect(other?.('8.8.8.8')).toEqual({ country: 'US' });

  const later = openGeo(open());
  utimesSync(path, 1, 1);
  expect(later?.('8.8.8.8')).toBeNull();
  rmSync(folder, { recursive: true });
});

test('off is off, and a file that is none is left out with a word', () => {
  expect(openGeo(read({ enabled: false }))).toBeNull();
  const folder = mkdtempSync(join(tmpdir(), 'phosor-geo-'));
  const said: string[] = [];
  writeFileSync(join(folder, 'broken.mmdb'), 'this is no database');
  const files = read({ folder, databases: [join(folder, 'missing.mmdb')], log: (_, text) => void said.push(text) });
  expect(describeGeoFiles(files).map(({ problem }) => problem)).toEqual([
    null,
    expect.stringContaining('damaged'),
    expect.stringContaining('damaged'),
  ]);
  expect(openGeo(files)?.('8.8.8.8')).toEqual({ country: 'US' });
  expect(said).toEqual([expect.stringContaining('broken.mmdb'), expect.stringContaining('missing.mmdb')]);
  rmSync(folder, { recursive: true });
});

test('one that is damaged inside is asked no more, and the others go on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-geo-'));
  const [country] = read({});
  const bytes = readFileSync(country?.path ?? '');
  // The tree leads nowhere; what the file says of itself, at its end, is whole.
  bytes.fill(0xff, 0, bytes.length - 200_000);
  writeFileSync(join(folder, 'damaged.mmdb'), bytes);
  const files = read({ folder });
  const find = openGeo(files);
  for (const address of ['8.8.8.8', '9.9.9.9', '193.0.0.1']) expect(find?.(address)?.country).toBeDefined();
  expect(describeGeoFiles(files).map(({ problem }) => problem)).toEqual([null, expect.stringContaining('damaged')]);
  rmSync(folder, { recursive: true });
});

test.each([
  [
    'MaxMind City (https://dev.maxmind.com/geoip/docs/databases/city-and-country)',
    {
      city: { geoname_id: 1, names: { de: 'Beispielstadt', en: 'Example City' } },
      country: { iso_code: 'DE', names: { en: 'Germany' } },
      location: { latitude: 52.5, longitude: 13.4, accuracy_radius: 100, time_zone: 'Europe/Berlin' },
    },
    { country: 'DE', city: 'Example City', lat: 52.5, lon: 13.4 },
  ],
  [
    'MaxMind ASN (https://dev.maxmind.com/geoip/docs/databases/asn)',
    { autonomous_system_number: 64_496, autonomous_system_organization: 'Example Networks' },
    { asn: 64_496, as_org: 'Example Networks' },
  ],
  [
    'flat, as ip-location-db writes cities',
    { city: 'Example City', country_code: 'de', latitude: 52.5, longitude: 13.4, postcode: '', state1: 'X' },
    { country: 'DE', city: 'Example City', lat: 52.5, lon: 13.4 },
  ],
  ['only where it is registered', { registered_country: { iso_code: 'FR' } }, { country: 'FR' }],
  ['nothing that is known', { traits: {} }, null],
  ['nothing', null, null],
])('%s', (_, found, facts) => {
  expect(factsOf(found)).toEqual(facts);
});

test('a record of pointers to lists of pointers ends the look, and the file is asked no more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-geo-'));
  writeFileSync(join(folder, 'bomb.mmdb'), bomb(60));
  const files = read({ folder });
  expect(describeGeoFiles(files).map(({ type }) => type)).toContain('GeoLite2-City');
  expect(openGeo(files)?.('8.8.8.8')).toEqual({ country: 'US' });
  expect(describeGeoFiles(files).map(({ problem }) => problem)).toEqual([null, expect.stringContaining('damaged')]);
  rmSync(folder, { recursive: true });
});

/** A database (MaxMind DB file format) that says one thing of all addresses: lists of two pointers each to the next list. */
function bomb(depth: number): Buffer {
  const head = (type: number, size: number): number[] => (type <= 7 ? [(type << 5) | size] : [size, type - 7]);
  const text = (value: string): number[] => [...head(2, value.length), ...Buffer.from(value)];
  const number = (type: number, value: number): number[] => [...head(type, 2), value >> 8, value & 255];
  const start = [...head(7, 1), ...text('country')];
  const lists = Array.from({ length: depth }, (_, i) => {
    const next = start.length + (i + 1) * 6;
    const pointer = [0x20 | (next >> 8), next & 255];
    return [...head(11, 2), ...pointer, ...pointer];
  });
  const facts: [string, number[]][] = [
    ['node_count', number(6, 1)],
    ['record_size', number(5, 24)],
    ['ip_version', number(5, 4)],
    ['database_type', text('GeoLite2-City')],
    ['languages', head(11, 0)],
    ['binary_format_major_version', number(5, 2)],
    ['binary_format_minor_version', number(5, 0)],
    ['build_epoch', number(9, 1)],
    ['description', head(7, 0)],
  ];
  const about = facts.flatMap(([name, value]) => [...text(name), ...value]);
  const tree = [0, 0, 17, 0, 0, 17];
  const data = [...start, ...lists.flat(), ...text('x')];
  const mark = [0xab, 0xcd, 0xef, ...Buffer.from('MaxMind.com')];
  return Buffer.from([...tree, ...new Array(16).fill(0), ...data, ...mark, ...head(7, facts.length), ...about]);
}
