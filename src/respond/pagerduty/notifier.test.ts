import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { testMessage } from '../receiver.test-suite.ts';
import { pagerduty } from './notifier.ts';

/* Never run live. Sources: https://developer.pagerduty.com/docs/send-alert-event and .../send-change-event
   (github.com/PagerDuty/developer-docs, docs/events-API-v2/02-Trigger-Events.md, 03-Change-Events.md); 512 KB an event. */
const key = z.string().regex(/^\w{32}$/);
const links = z.array(z.strictObject({ href: z.url(), text: z.string() })).optional();
const details = z.record(z.string(), z.unknown());
const alert = z.strictObject({
  routing_key: key,
  event_action: z.literal('trigger'),
  dedup_key: z.string().min(1).max(255),
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    source: z.string().min(1),
    severity: z.enum(['critical', 'error', 'warning', 'info']),
    timestamp: z.iso.datetime(),
    class: z.string(),
    custom_details: details,
  }),
  client: z.string(),
  client_url: z.url().optional(),
  links,
});
const resolve = z.strictObject({
  routing_key: key,
  event_action: z.literal('resolve'),
  dedup_key: z.string().min(1).max(255),
});
const change = z.strictObject({
  routing_key: key,
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    source: z.string(),
    timestamp: z.iso.datetime(),
    custom_details: details,
  }),
  links,
});
const schema = z.union([alert, resolve, change]).refine((body) => JSON.stringify(body).length < 512_000);

const secret = 'a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6';
const { send, receiver } = describeChannel({
  notifier: pagerduty,
  config: ({ url }) => ({ routingKey: secret, url }),
  schema,
  answer: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"x"}' },
  secret,
});

test('updates have the key of the first, closing resolves it, tests and digests ring nobody', async () => {
  for (const kind of ['opened', 'update', 'closed', 'digest', 'test'] as const) await send(testMessage({ kind }));
  expect(
    receiver().received.map(({ path, body }) => [path, JSON.parse(body).event_action, JSON.parse(body).dedup_key]),
  ).toEqual([
    ['/v2/enqueue', 'trigger', 'phosor-incident-1'],
    ['/v2/enqueue', 'trigger', 'phosor-incident-1'],
    ['/v2/enqueue', 'resolve', 'phosor-incident-1'],
    ['/v2/change/enqueue', undefined, undefined],
    ['/v2/change/enqueue', undefined, undefined],
  ]);
});
