import { expect, test } from 'vitest';
import { formOf, isAsked, optionsOf } from './options.ts';

const properties = {
  accept: { type: 'string', enum: ['never', 'list', 'after-tries'], default: 'after-tries' },
  tries: { type: 'integer', default: 3 },
  accounts: { type: 'array', items: { type: 'string' } },
  methods: { type: 'array', items: { type: 'string', enum: ['publickey', 'password'] } },
  tls: { type: 'boolean' },
  banner: { type: 'string', default: '' },
};
const options = {
  accept: 'list',
  tries: 5,
  accounts: ['root:a,b', 'admin:*'],
  methods: ['password'],
  tls: true,
  banner: 'Two\nlines',
};

test('what is shown is sent again as it was', () => {
  const form = formOf(properties, options);
  expect(form).toMatchObject({ tries: '5', accounts: 'root:a,b\nadmin:*', methods: ['password'], tls: true });
  expect(optionsOf(properties, form)).toEqual(options);
});

test('an empty number is left to the default, an empty list is one', () => {
  const form = { ...formOf(properties, {}), tries: ' ', accounts: '\n' };
  expect(optionsOf(properties, form)).toEqual({
    accept: 'after-tries',
    accounts: [],
    methods: [],
    tls: false,
    banner: '',
  });
});

test.each([
  ['tries', 'after-tries', true],
  ['tries', 'list', false],
  ['accounts', 'list', true],
  ['accounts', 'never', false],
  ['banner', 'never', true],
])('%s with %s: %s', (name, accept, asked) => expect(isAsked(name, { accept })).toBe(asked));
