import { z } from 'zod';
import { defineNotifier, type NotificationMessage } from '../contract.ts';
import { accepted } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';

const config = z.strictObject({
  routingKey: z
    .string()
    .trim()
    .regex(/^[\w-]{8,64}$/, 'is no integration key')
    .meta({
      title: 'Integration key',
      description: 'Of an integration "Events API V2" of a service.',
      secret: true,
    }),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .default('https://events.pagerduty.com')
    .meta({
      destination: true,
      title: 'Address of the API',
      description: 'https://events.eu.pagerduty.com for accounts of the EU region.',
    }),
});

type Config = z.output<typeof config>;

const severities = { info: 'info', low: 'warning', medium: 'warning', high: 'error', critical: 'critical' } as const;

const detailsOf = (message: NotificationMessage): Record<string, unknown> => {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 30,
    name: 100,
    value: 1000,
    lines: 40,
    line: 500,
    summary: 4000,
  });
  return {
    summary,
    ...Object.fromEntries(facts.map(({ name, value }) => [name, value])),
    lines: [...lines, ...(rest === '' ? [] : [rest])],
  };
};

const linksOf = (message: NotificationMessage) =>
  message.url === null ? {} : { links: [{ href: message.url, text: 'Open in Phosor' }] };

/**
 * Incidents are alert events, whose `dedup_key` is the incident: repeats and updates go to the same alert, closing resolves it
 * (https://developer.pagerduty.com/docs/send-alert-event: summary 1,024, dedup_key 255). Digests and tests are change events,
 * which ring nobody (https://developer.pagerduty.com/docs/send-change-event).
 */
function pagerdutyRequest(message: NotificationMessage): { path: string; body: Record<string, unknown> } {
  const summary = headline(message, 1024);
  const timestamp = new Date(message.time).toISOString();
  if (message.kind === 'digest' || message.kind === 'test')
    return {
      path: '/v2/change/enqueue',
      body: {
        payload: { summary, timestamp, source: 'Phosor', custom_details: detailsOf(message) },
        ...linksOf(message),
      },
    };
  const dedup_key = `phosor-${message.key}`.slice(0, 255);
  if (message.kind === 'closed') return { path: '/v2/enqueue', body: { event_action: 'resolve', dedup_key } };
  return {
    path: '/v2/enqueue',
    body: {
      event_action: 'trigger',
      dedup_key,
      payload: {
        summary,
        source: 'Phosor',
        severity: severities[message.severity],
        timestamp,
        class: 'incident',
        custom_details: detailsOf(message),
      },
      client: 'Phosor',
      ...(message.url !== null && { client_url: message.url }),
      ...linksOf(message),
    },
  };
}

export const pagerduty = defineNotifier<Config>({
  name: 'pagerduty',
  title: 'PagerDuty',
  description: 'Alerts by Events API v2: updates go to the alert of their incident, closing resolves it.',
  config,
  async send(message, given, tools) {
    const { path, body } = pagerdutyRequest(message);
    const answer = await postJson(tools, `${given.url.replace(/\/+$/, '')}${path}`, {
      routing_key: given.routingKey,
      ...body,
    });
    accepted(answer, 'PagerDuty', tools.now(), [given.routingKey]);
    return { reference: null, detail: `${body.event_action ?? 'change event'} accepted (${answer.status})` };
  },
  preview: (message) => ({ payload: JSON.stringify(pagerdutyRequest(message).body, null, 2), html: null }),
  target: ({ url }) => new URL(url).host,
});
