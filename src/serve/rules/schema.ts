import { eventTypes } from '../../model/index.ts';

type Schema = Record<string, unknown>;

const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
const choice = (description: string, values: readonly string[]): Schema => text(description, { enum: values });
const list = (description: string, items: Schema, more: Schema = {}): Schema => ({
  type: 'array',
  description,
  items,
  ...more,
});
const names = (description: string): Schema => ({
  description,
  oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
});

const timespan = text('How far back events count: a number and s, m, h, d, w, M or y.', {
  pattern: '^[1-9]\\d*[smhdwMy]$',
  examples: ['1m', '10m', '1h'],
});

const logsource: Schema = {
  type: 'object',
  description: 'Which logs the rule looks at. All that are given must fit.',
  properties: {
    product: text('The system: linux, windows, nginx …', { examples: ['linux', 'windows', 'nginx', 'apache', 'zeek'] }),
    category: text('The kind of event, whatever the product.', {
      examples: ['authentication', 'process_creation', 'webserver', 'firewall', 'proxy', 'dns', 'database'],
    }),
    service: text('The log of the product.', { examples: ['sshd', 'sudo', 'auditd', 'ufw', 'cron', 'syslog'] }),
    definition: text('What has to be logged for the rule to see anything. For people.'),
  },
};

const condition: Schema = {
  description: 'Selections joined by and, or, not, `1 of name*`, `all of them`.',
  oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  examples: ['selection and not filter', '1 of selection_*'],
};

const detection: Schema = {
  type: 'object',
  description: 'Selections under names of your choice, and the condition over them.',
  required: ['condition'],
  properties: {
    condition,
    timeframe: { deprecated: true, description: 'Sigma 1. Write a correlation.' },
  },
  additionalProperties: {
    description:
      'A map: every field must fit, each with one of its values. A list of maps: one of them. A list of texts: keywords, one ' +
      'of which is in the line. A field may have modifiers: contains, startswith, endswith, all, re, cidr, gte, exists, cased …',
    anyOf: [
      { $ref: '#/definitions/selection' },
      { type: 'array', items: { anyOf: [{ $ref: '#/definitions/selection' }, { type: ['string', 'number'] }] } },
      { type: ['string', 'number'] },
    ],
  },
};

const bound = (description: string): Schema => ({ type: 'number', description });

const correlation: Schema = {
  type: 'object',
  description: 'What several events satisfy together.',
  required: ['type', 'rules'],
  properties: {
    type: choice('How events are put together.', [
      ...['event_count', 'value_count', 'temporal', 'temporal_ordered'],
      ...['value_sum', 'value_avg', 'value_percentile', 'value_median'],
    ]),
    rules: names('Names or ids of the rules whose matches are put together.'),
    'group-by': names('Matches count together where these fields are the same. Without it, all share one count.'),
    timespan,
    condition: {
      description: 'What the count, or the value of `field`, must be. temporal: also an expression over the rules.',
      oneOf: [
        { type: 'string' },
        {
          type: 'object',
          properties: {
            gte: bound('at least'),
            gt: bound('more than'),
            lte: bound('at most'),
            lt: bound('less than'),
            eq: bound('exactly'),
            neq: bound('anything but'),
            field: names('value_…: the field whose values are looked at.'),
            percentile: bound('value_percentile: which one.'),
          },
        },
      ],
      examples: [{ gte: 5 }],
    },
    aliases: { type: 'object', description: 'A name for group-by → the field that it is in each rule.' },
    generate: { type: 'boolean', description: 'The rules that are referred to raise alerts of their own as well.' },
  },
};

const filter: Schema = {
  type: 'object',
  description: 'Joined by `and` to every rule that it names: to leave events out, the condition begins with `not`.',
  required: ['rules', 'condition'],
  properties: {
    rules: names('Ids or names of rules, or `any`.'),
    condition,
  },
  additionalProperties: detection.additionalProperties,
};

const phosor: Schema = {
  type: 'object',
  description: 'What Sigma leaves open.',
  additionalProperties: false,
  properties: {
    message: text('Sentence of the alert, with {count}, {observed}, {values}, {duration} and {any field}.', {
      examples: ['{count} failed logins by {src_ip} in {duration}'],
    }),
    response: text('What a person should do about an alert of this rule.'),
    suppress: {
      description: 'How long after its last match an alert stays open and counts; 0: every firing is an alert.',
      oneOf: [{ type: 'integer', minimum: 0, maximum: 31_536_000 }, timespan],
    },
    reset: choice('on_match: the window is emptied when the rule fires.', ['none', 'on_match']),
    boundary: choice('closed: an event exactly one timespan old still counts.', ['open', 'closed']),
    group_prefix: { type: 'integer', minimum: 1, maximum: 128, description: 'IPv6 addresses group by so many bits.' },
    group_by: names('Single detections: which events share an alert. Without it: src_ip, else host.'),
    max_groups: { type: 'integer', minimum: 10, maximum: 10_000_000, description: 'Most groups that live at a time.' },
    min_events: {
      type: 'integer',
      minimum: 1,
      description: 'value_count: so many events must be in the window besides.',
    },
    covered_by: names('Ids of rules that say more: while one has an alert open for the same group, this one is quiet.'),
  },
};

const level = choice('What to do. critical: somebody is in. high: needs a person today. medium: to confirm.', [
  ...['informational', 'low', 'medium', 'high', 'critical'],
]);

/** JSON Schema (draft 7, which editors know) of one document of a Sigma rule as Phosor takes it. */
export function ruleJsonSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Sigma rule',
    description: 'One document: a detection, a correlation of detections, or a filter of other rules.',
    type: 'object',
    required: ['title'],
    anyOf: [
      { required: ['logsource', 'detection'] },
      { required: ['correlation'] },
      { required: ['logsource', 'filter'] },
    ],
    properties: {
      title: text('What the rule finds, in a few words.', { maxLength: 256 }),
      id: text('A UUID that never changes.', { format: 'uuid' }),
      name: text('How correlations and filters refer to the rule.'),
      taxonomy: text('Names of fields and log sources are those of this taxonomy.', { default: 'sigma' }),
      related: list('Rules that this one was made from or belongs to.', {
        type: 'object',
        required: ['id', 'type'],
        properties: {
          id: text('The other rule.', { format: 'uuid' }),
          type: choice('How they are related.', ['derived', 'obsolete', 'merged', 'renamed', 'similar', 'correlation']),
        },
      }),
      status: choice('deprecated and unsupported rules are imported switched off.', [
        ...['stable', 'test', 'experimental', 'deprecated', 'unsupported'],
      ]),
      description: text('What the rule finds and why that matters.'),
      license: text('Under which the rule is given away, as an SPDX id.'),
      author: text('Who wrote it. Shown with its alerts.'),
      references: list('Pages that tell more.', { type: 'string' }),
      date: text('When it was written: YYYY-MM-DD.'),
      modified: text('When it was changed last: YYYY-MM-DD.'),
      logsource,
      detection,
      correlation,
      filter,
      fields: list('Fields worth looking at.', { type: 'string' }),
      falsepositives: list('Harmless reasons why the rule may fire.', { type: 'string' }),
      level,
      tags: list(
        'ATT&CK techniques and tactics, and other tags of the form namespace.name.',
        {
          type: 'string',
          pattern: '^[a-z0-9_-]+\\.[a-z0-9._-]+$',
          examples: ['attack.t1110.001', 'attack.credential-access'],
        },
        { uniqueItems: true },
      ),
      scope: list('For whom the rule is meant.', { type: 'string' }),
      phosor,
    },
    definitions: {
      selection: {
        type: 'object',
        description: 'Field, with modifiers behind |, and its value or values.',
        properties: {
          event_type: {
            description: 'What happened, as Phosor names it.',
            anyOf: [
              { type: 'string', enum: Object.keys(eventTypes) },
              { type: 'array', items: { type: 'string', enum: Object.keys(eventTypes) } },
            ],
          },
        },
        additionalProperties: true,
      },
    },
  };
}
