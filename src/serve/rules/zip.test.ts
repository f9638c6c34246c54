import { expect, test } from 'vitest';
import { makeZip } from './zip.test-suite.ts';
import { readZip, type ZipLimits } from './zip.ts';

const limits: ZipLimits = { entries: 10, fileBytes: 100_000, totalBytes: 150_000, ratio: 50 };
const read = (archive: Buffer, change: Partial<ZipLimits> = {}) =>
  [...readZip(archive, { ...limits, ...change }, (name) => !name.endsWith('.bin'))].map(
    ({ name, bytes }) => [name, bytes.toString()] as const,
  );

test('files come as they were packed, folders and unwanted ones are left out', () => {
  const archive = makeZip([
    { name: 'pack/', bytes: '' },
    { name: 'pack/ä.yml', bytes: 'title: ä\n'.repeat(100) },
    { name: 'pack/stored.yml', bytes: 'plain', lies: { method: 0 } },
    { name: 'big.bin', bytes: Buffer.alloc(5_000_000) },
  ]);
  expect(read(archive)).toEqual([
    ['pack/ä.yml', 'title: ä\n'.repeat(100)],
    ['pack/stored.yml', 'plain'],
  ]);
});

test('names are only labels', () => {
  const archive = makeZip([{ name: '..\\..\\etc\u0000\u001b[31m.yml', bytes: 'x' }]);
  expect(read(archive)).toEqual([['../../etc[31m.yml', 'x']]);
});

const bomb = Buffer.alloc(90_000, 'a');
test.each<[string, Buffer, RegExp]>([
  ['no archive', Buffer.from('PK but not really, and long enough to look'), /no zip archive/],
  ['nothing', Buffer.alloc(0), /no zip archive/],
  ['cut in the middle', makeZip([{ name: 'a.yml', bytes: 'x'.repeat(500) }]).subarray(20), /damaged/],
  ['too many files', makeZip(Array.from({ length: 11 }, (_, i) => ({ name: `${i}.yml`, bytes: 'x' }))), /11 files/],
  ['encrypted', makeZip([{ name: 'a.yml', bytes: 'x', lies: { flags: 1 } }]), /encrypted/],
  ['another way of packing', makeZip([{ name: 'a.yml', bytes: 'x', lies: { method: 12 } }]), /Use deflate/],
  ['a wrong checksum', makeZip([{ name: 'a.yml', bytes: 'x', lies: { crc: 1 } }]), /damaged/],
  ['a file that is too large', makeZip([{ name: 'a.yml', bytes: Buffer.alloc(100_001) }]), /"a.yml".*more than/],
  ['too small for what it becomes', makeZip([{ name: 'a.yml', bytes: bomb }]), /"a.yml".*65536 bytes/],
  ['a size that lies', makeZip([{ name: 'a.yml', bytes: bomb, lies: { unpacked: 10 } }]), /more than|damaged/],
  [
    'too much in all',
    makeZip([1, 2, 3].map((i) => ({ name: `${i}.yml`, bytes: Buffer.alloc(60_000, `${i}`) }))),
    /more than 150000 bytes/,
  ],
])('%s is refused', (_, archive, sentence) => {
  expect(() => read(archive)).toThrow(sentence);
});

test('packed bytes cannot be used twice', () => {
  const archive = makeZip([
    { name: 'a.yml', bytes: Buffer.from('random enough 0123456789'.repeat(9)), lies: { method: 0 } },
    { name: 'b.yml', bytes: 'x', lies: { method: 0 } },
  ]);
  // The second entry is made to say that it has nearly all bytes of the archive.
  const second = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  archive.writeUInt32LE(archive.length - 10, second + 20);
  expect(() => read(archive)).toThrow(/overlap/);
});

test('every cut of an archive is refused or read, and nothing else happens', () => {
  const archive = makeZip([
    { name: 'a.yml', bytes: 'title: x' },
    { name: 'b.yml', bytes: 'title: y' },
  ]);
  for (let i = 0; i < archive.length; i += 1) {
    const broken = Buffer.from(archive);
    broken[i] = (broken[i] ?? 0) ^ 0xff;
    for (const candidate of [broken, archive.subarray(0, i)]) {
      try {
        expect(read(candidate).length).toBeLessThanOrEqual(2);
      } catch (error) {
        expect((error as Error).constructor.name).toBe('ZipRefused');
      }
    }
  }
});
