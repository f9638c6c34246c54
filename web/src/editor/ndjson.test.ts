import { expect, test } from 'vitest';
import { jsonLines } from './ndjson.ts';

function streamOf(chunks: (string | Uint8Array)[], onCancel?: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const next = chunks.shift();
      if (next === undefined) controller.close();
      else controller.enqueue(typeof next === 'string' ? new TextEncoder().encode(next) : next);
    },
    ...(onCancel && { cancel: onCancel }),
  });
}

test('lines are told apart wherever the pieces are cut, in the middle of a letter too', async () => {
  const whole = new TextEncoder().encode('{"a":"ü"}\n\n{"b":1}\n{"c":2}');
  for (let cut = 1; cut < whole.length; cut += 1) {
    const found: unknown[] = [];
    for await (const value of jsonLines(streamOf([whole.slice(0, cut), whole.slice(cut)]))) found.push(value);
    expect(found).toEqual([{ a: 'ü' }, { b: 1 }, { c: 2 }]);
  }
});

test('stopping early closes the stream', async () => {
  let cancelled = false;
  const stream = streamOf(['{"a":1}\n', '{"b":2}\n', '{"c":3}\n'], () => {
    cancelled = true;
  });
  for await (const value of jsonLines(stream)) {
    expect(value).toEqual({ a: 1 });
    break;
  }
  expect(cancelled).toBe(true);
});
