import { expect, test } from 'vitest';
import type { AlertDetail, EventJson } from '../api/types.ts';
import { marksOf } from './marks.ts';

test('the marks of the event that completed the alert are exact; in the others the same text is found', () => {
  const event = (id: string, time: string, raw: string) => ({ id, time, raw, received_at: time }) as EventJson;
  const marks = marksOf({
    timestamp: '2026-11-20T10:00:02.000+00:00',
    events: [
      event('a', '2026-11-20T10:00:01.000Z', 'first: Failed password'),
      event('b', '2026-11-20T10:00:02.000Z', 'Failed password'),
      event('c', '2026-11-20T10:00:03.000Z', 'something else'),
    ],
    explain: {
      summary: '',
      correlation: null,
      clauses: [
        {
          clause: 'x',
          matched: true,
          field: null,
          value: null,
          expected: null,
          at: null,
          children: [
            {
              clause: 'y',
              matched: true,
              field: 'raw',
              value: '',
              expected: '',
              at: { offset: 0, length: 6 },
              children: [],
            },
            {
              clause: 'z',
              matched: false,
              field: 'raw',
              value: '',
              expected: '',
              at: { offset: 3, length: 2 },
              children: [],
            },
          ],
        },
      ],
    },
  } as Pick<AlertDetail, 'timestamp' | 'events' | 'explain'>);
  expect(Object.fromEntries(marks)).toEqual({
    a: [{ offset: 7, length: 6 }],
    b: [{ offset: 0, length: 6 }],
    c: [],
  });
});
