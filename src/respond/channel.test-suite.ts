import { afterEach, beforeEach, expect, test } from 'vitest';
import type { z } from 'zod';
import type { NotificationMessage, Notifier, NotifierTools } from './contract.ts';
import { DeliveryError } from './contract.ts';
import { hostileMessage, localTools, openReceiver, type Receiver, testMessage } from './receiver.test-suite.ts';

export interface ChannelCase<Config> {
  notifier: Notifier<Config>;
  config: (receiver: Receiver) => Config;
  /** What the vendor publishes about the request's body. Its source stands in the test. */
  schema: z.ZodType;
  /** What the vendor answers. */
  answer: { status: number; body: string };
  /** What must not be told by errors. */
  secret: string;
}

let receiver: Receiver;

/** What holds for every channel that speaks HTTP. */
export function describeChannel<Config>(one: ChannelCase<Config>): {
  send(
    message: NotificationMessage,
    tools?: Partial<NotifierTools>,
  ): Promise<{ reference: string | null; detail: string }>;
  receiver(): Receiver;
} {
  beforeEach(async () => {
    receiver = await openReceiver();
    receiver.answer = one.answer;
  });
  afterEach(() => receiver.close());

  const send = (message: NotificationMessage, tools: Partial<NotifierTools> = {}) =>
    one.notifier.send(message, one.config(receiver), localTools(tools));

  test.each([
    ['an incident', testMessage()],
    ['an update', testMessage({ kind: 'update' })],
    ['a closing note', testMessage({ kind: 'closed' })],
    ['a digest', testMessage({ kind: 'digest', key: 'digest-1', risk: null, facts: [] })],
    ['the least there can be', testMessage({ title: 'x', summary: '', facts: [], lines: [], risk: null, url: null })],
    ['what an attacker writes', hostileMessage()],
    ['characters of four bytes', testMessage({ title: '🔥'.repeat(2000), summary: '🔥'.repeat(5000) })],
  ])('%s fits what the vendor takes', async (_, message) => {
    await send(message);
    for (const { method, headers, body } of receiver.received.filter(({ method: each }) => each === 'POST')) {
      expect(method).toBe('POST');
      expect(headers['content-type']).toMatch(/^application\/json/);
      const parsed = one.schema.safeParse(JSON.parse(body));
      expect(parsed.error?.issues ?? []).toEqual([]);
      expect(body).not.toMatch(/https?:\/\/evil|\\u202e|\\u0000|\\u001b/i);
      expect(body.isWellFormed()).toBe(true);
    }
    expect(receiver.received.length).toBeGreaterThan(0);
  });

  test('cut text says so', async () => {
    await send(hostileMessage());
    expect(receiver.received.at(-1)?.body).toMatch(/cut: \d+ (?:characters|bytes)/);
  });

  test.each([
    [400, false],
    [401, true],
    [404, true],
    [429, true],
    [500, true],
    [503, true],
  ])('an answer of %i: is it worth repeating? %s', async (status, isWorthRepeating) => {
    receiver.answer = {
      status,
      body: JSON.stringify({ error: `not with ${one.secret}` }),
      headers: { 'retry-after': '17' },
    };
    const error = await send(testMessage()).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DeliveryError);
    const failure = error as DeliveryError;
    expect(failure.isWorthRepeating).toBe(isWorthRepeating);
    expect(failure.retryAfterSeconds).toBe(isWorthRepeating ? 17 : null);
    expect(failure.message).toContain(String(status));
    expect(failure.message).not.toContain(one.secret);
  });

  test('a receiver that is not there is told without its address', async () => {
    await receiver.close();
    const error = (await send(testMessage()).catch((thrown: unknown) => thrown)) as DeliveryError;
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error.isWorthRepeating).toBe(true);
    expect(error.message).not.toContain(one.secret);
    receiver = await openReceiver();
  });

  test('a preview shows no secret and what it shows is what is sent', () => {
    const { payload } = one.notifier.preview(testMessage(), one.config(receiver));
    expect(payload).toContain('203.0.113.66');
    expect(payload).not.toContain(one.secret);
    expect(one.notifier.target(one.config(receiver))).not.toContain(one.secret);
  });

  return { send, receiver: () => receiver };
}
