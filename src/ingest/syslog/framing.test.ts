import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFramer } from './framing.ts';

const maxBytes = 64;

function frame(packets: Buffer[]): string[] {
  const messages: string[] = [];
  const framer = createFramer(maxBytes, (bytes, from, to, isCut) => {
    messages.push(bytes.toString('latin1', from, to) + (isCut ? ' [cut]' : ''));
  });
  for (const packet of packets) framer.push(packet);
  framer.end();
  return messages;
}

/** Cut into packets of so many bytes. */
function split(stream: Buffer, sizes: number[]): Buffer[] {
  const packets: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < stream.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    packets.push(stream.subarray(at, at + size));
    at += size;
  }
  return packets;
}

const table: [name: string, stream: string, messages: string[]][] = [
  ['lines', '<34>one\n<34>two\n', ['<34>one', '<34>two']],
  ['CRLF', '<34>one\r\n<34>two\r\n', ['<34>one', '<34>two']],
  ['NUL', '<34>one\0<34>two\0', ['<34>one', '<34>two']],
  ['LF and NUL', '<34>one\n\0<34>two\n\0', ['<34>one', '<34>two']],
  ['no terminator at the end', '<34>one\n<34>tw', ['<34>one', '<34>tw']],
  ['no priority', 'one\ntwo\n', ['one', 'two']],
  ['blank lines', '\n\n<34>one\n\r\n\n<34>two', ['<34>one', '<34>two']],
  ['nothing', '', []],
  ['one line end', '\n', []],
  ['counts', '7 <34>one7 <34>two', ['<34>one', '<34>two']],
  ['counts that include the line end', '8 <34>one\n8 <34>two\n', ['<34>one', '<34>two']],
  ['counts and line ends beside them', '7 <34>one\n7 <34>two\r\n', ['<34>one', '<34>two']],
  ['a counted message of several lines', '11 <34>one\ntwo7 <34>end', ['<34>one\ntwo', '<34>end']],
  ['counts without a priority after the first', '7 <34>one3 two', ['<34>one', 'two']],
  ['a count that is too small', '5 <34>one\n7 <34>two', ['<34>o', 'ne', '<34>two']],
  ['a count that is too big', '12 <34>one7 <34>two\n7 <34>end', ['<34>one7 <34', '>two', '<34>end']],
  ['a count that is missing', '7 <34>one<34>two\n7 <34>end', ['<34>one', '<34>two', '<34>end']],
  ['a count that never ends', '7 <34>one99999999 x\n7 <34>end', ['<34>one', '99999999 x', '<34>end']],
  ['a count and the end', '7 <34>one12', ['<34>one', '12']],
  ['a counted message that ends early', '9 <34>one', ['<34>one [cut]']],
  [
    'a year at the beginning of a line is no count',
    '2026 Nov 21 host a: b\n2026 Nov 21 x\n',
    ['2026 Nov 21 host a: b', '2026 Nov 21 x'],
  ],
  ['digits only', '123\n456\n', ['123', '456']],
  ['a count of 0 is none', '0 <34>one\n', ['0 <34>one']],
  ['a leading zero is no count', '07 <34>one\n', ['07 <34>one']],
  ['two spaces are no count', '7  <34>one\n', ['7  <34>one']],
  ['eight digits are no count', '12345678 <34>one\n', ['12345678 <34>one']],
  ['a long line is cut', `<34>${'x'.repeat(100)}\n<34>two\n`, [`<34>${'x'.repeat(60)} [cut]`, '<34>two']],
  ['a long counted message is cut', `104 <34>${'x'.repeat(100)}7 <34>two`, [`<34>${'x'.repeat(60)} [cut]`, '<34>two']],
  ['a line of just the greatest length', `${'x'.repeat(64)}\nend`, ['x'.repeat(64), 'end']],
  ['bytes that are no text', '<34>\x80\xff\x1b[0m\n', ['<34>\x80\xff\x1b[0m']],
];

describe.each(table)('%s', (_name, stream, messages) => {
  const bytes = Buffer.from(stream, 'latin1');
  test('in one packet', () => expect(frame([bytes])).toEqual(messages));
  test('byte by byte', () => expect(frame(split(bytes, [1]))).toEqual(messages));
});

test('any split of any stream gives the same messages', () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r\n', '\0', ' ', '<34>', '7 <34>one', '12 ', '0', '99999999 ', '5 <13>x'),
    fc.string({ maxLength: 90 }),
    fc.string({ maxLength: 60 }).map((text) => `${text.length + 4} <13>${text}`),
  );
  const stream = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1'));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(stream, sizes, (bytes, cuts) => {
      expect(frame(split(bytes, cuts))).toEqual(frame([bytes]));
    }),
    { numRuns: 2000 },
  );
});

test('counted messages come back as they were sent', () => {
  const message = fc.string({ minLength: 1, maxLength: 50 }).map((text) => `<13>${text}x`);
  fc.assert(
    fc.property(fc.array(message), fc.integer({ min: 1, max: 30 }), (messages, size) => {
      const bytes = Buffer.from(
        messages.map((text) => `${Buffer.byteLength(text, 'latin1')} ${text}`).join(''),
        'latin1',
      );
      const sent = messages.map((text) => Buffer.from(text, 'latin1').toString('latin1'));
      expect(frame(split(bytes, [size]))).toEqual(sent);
    }),
  );
});

test('an endless line is held only as far as a message may reach', () => {
  const framer = createFramer(maxBytes, () => {});
  for (let i = 0; i < 1000; i += 1) framer.push(Buffer.alloc(100, 'x'));
  expect(framer.pending).toBe(maxBytes);
});
