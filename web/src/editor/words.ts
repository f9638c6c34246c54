import { eventTypes, outcomes, severities, sourceTypes } from '../../../src/model/enumerations.ts';

/** What may follow a field after `|`. Kept equal to what the compiler knows by `words.test.ts`. */
export const modifiers: Readonly<Record<string, string>> = {
  contains: 'The value stands anywhere in the field.',
  startswith: 'The field begins with the value.',
  endswith: 'The field ends with the value.',
  all: 'Every value of the list must hold, not just one of them.',
  re: 'The value is a regular expression, run in linear time.',
  i: 'After re: upper and lower case are the same.',
  m: 'After re: ^ and $ also match at line ends.',
  s: 'After re: a dot also matches a line end.',
  cased: 'Upper and lower case differ. Without it they are the same.',
  cidr: 'The field is an address within this network, such as 192.0.2.0/24.',
  exists: 'true: the event has the field. false: it does not.',
  neq: 'The field has another value than this.',
  gt: 'The field is a number above this.',
  gte: 'The field is a number of at least this.',
  lt: 'The field is a number below this.',
  lte: 'The field is a number of at most this.',
  fieldref: 'The field has the same value as the field named here.',
  windash: 'A dash at the start of a word may also be a slash or a longer dash.',
  expand: 'The value holds %placeholders% from the value lists.',
  base64: 'The value, encoded as Base64.',
  base64offset: 'The value somewhere within encoded text: all three offsets.',
  wide: 'The value in UTF-16, little-endian, before it is encoded.',
  utf16: 'The value in UTF-16 with a byte order mark.',
  utf16le: 'The value in UTF-16, little-endian.',
  utf16be: 'The value in UTF-16, big-endian.',
  minute: 'The minute of the time in the field.',
  hour: 'The hour of the time in the field.',
  day: 'The day of the month of the time in the field.',
  week: 'The week of the year of the time in the field.',
  month: 'The month of the time in the field.',
  year: 'The year of the time in the field.',
};

/** Values that Phosor itself gives to a field. */
export const ownValues: Readonly<Record<string, readonly (readonly [value: string, note: string])[]>> = {
  event_type: Object.entries(eventTypes),
  outcome: outcomes.map((word) => [word, '']),
  severity: severities.map((word) => [word, '']),
  source_type: sourceTypes.map((word) => [word, '']),
};

/** What a condition is made of besides the names of selections. */
export const conditionWords: readonly (readonly [word: string, note: string])[] = [
  ['and', 'Both sides hold.'],
  ['or', 'At least one side holds.'],
  ['not', 'What follows does not hold.'],
  ['1 of them', 'At least one of the selections holds.'],
  ['all of them', 'Every selection holds.'],
  ['1 of selection_*', 'At least one of the selections whose names begin so.'],
  ['all of selection_*', 'All selections whose names begin so.'],
];
