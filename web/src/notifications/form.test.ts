import { expect, test } from 'vitest';
import { configOf, fieldKind, initialValues, lines } from './form.ts';
import type { Channel, ChannelType } from './queries.ts';

const type: ChannelType = {
  name: 'x',
  title: 'X',
  description: '',
  schema: {
    properties: {
      url: { type: 'string', secret: true },
      token: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, secret: true },
      to: { type: 'array', items: { type: 'string' } },
      port: { type: 'integer', default: 587 },
      security: { type: 'string', enum: ['tls', 'none'], default: 'tls' },
      forum: { type: 'boolean', default: false },
      template: { type: 'string', default: '', multiline: true },
      host: { type: 'string' },
    },
  },
};

test('the kind of each field', () => {
  expect(Object.values(type.schema.properties).map(fieldKind)).toEqual([
    'secret',
    'secret',
    'list',
    'number',
    'choice',
    'switch',
    'multiline',
    'text',
  ]);
});

test('defaults, and what is stored; a secret is never shown', () => {
  const config = { to: ['a@example.com', 'b@example.com'], port: 25, forum: true };
  expect(initialValues(type, { config } as Partial<Channel> as Channel)).toEqual({
    url: '',
    token: '',
    to: 'a@example.com\nb@example.com',
    port: '25',
    security: 'tls',
    forum: true,
    template: '',
    host: '',
  });
});

test('what is sent: an empty secret stays, a removed one is empty text', () => {
  const values = { ...initialValues(type, null), to: ' a@example.com, b@example.com\n', url: '', host: 'h' };
  expect(configOf(type, values, new Set(['token']))).toEqual({
    token: '',
    to: ['a@example.com', 'b@example.com'],
    port: 587,
    security: 'tls',
    forum: false,
    template: '',
    host: 'h',
  });
});

test('lists take lines and commas', () => {
  expect(lines('a, b\n\n c ,')).toEqual(['a', 'b', 'c']);
});
