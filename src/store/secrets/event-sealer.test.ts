import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Event, eventToJson, newEvent, type SourceInfo } from '../../model/index.ts';
import { EventSealer, markerOf, openEvent, sealedField } from './event-sealer.ts';
import { encryptFernet, type FernetKey, generateFernetKey, readFernetKey } from './fernet.ts';

const key = readFernetKey(generateFernetKey()) as FernetKey;
const other = readFernetKey(generateFernetKey()) as FernetKey;
const origin: SourceInfo = { source: 'webhook_app', source_type: 'webhook', peer: null, hint: null, identity: '' };

function event(raw: string, change: Partial<Event> = {}): Event {
  return { ...newEvent(origin, 0, raw), message: raw, ...change };
}
function sealed(one: Event, fields: string[] = ['user', 'fields.account', 'fields.person.name']): Event {
  new EventSealer(fields, key, () => 0).find(one)?.apply(one);
  return one;
}
const raws = (raw: string, user: string): string =>
  sealed(event(raw, { user })).raw.replace(/sealed-[0-9a-f]{16}/g, '#');

describe('a sealed value', () => {
  test('is gone from every text of the event, and opened again with the key', () => {
    const one = event('login of alice (ALICE-1) by "alice" in {"name":"Bob \\"B\\" Smith","account":4711}', {
      user: 'alice',
      program: 'alice',
      fields: { account: 4711, person: { name: 'Bob "B" Smith' }, note: 'alice asked for 4711', list: ['alice', 1] },
    });
    const before = structuredClone(eventToJson(one));
    const json = eventToJson(sealed(one));
    const text = JSON.stringify({ ...json, fields: { ...json.fields, [sealedField]: null } });
    for (const value of ['alice', '4711', 'Bob', 'Smith']) expect(text).not.toContain(value);
    expect(json.user).toBe(markerOf(key, 'alice'));
    expect(json.raw).toContain(`login of ${markerOf(key, 'alice')} (ALICE-1)`);
    const opened = openEvent(json, [other, key]);
    expect(opened?.values).toEqual({
      [markerOf(key, 'alice')]: 'alice',
      [markerOf(key, '4711')]: '4711',
      [markerOf(key, 'Bob "B" Smith')]: 'Bob "B" Smith',
    });
    expect(opened?.event.raw).toBe(before.raw.replace('Bob \\"B\\" Smith', 'Bob "B" Smith'));
    expect(opened?.event).toMatchObject({ user: 'alice', program: 'alice', fields: { note: 'alice asked for 4711' } });
    expect(opened?.event.fields).not.toHaveProperty(sealedField);
  });

  test('has the same marker each time, another under another key, and tells nothing by itself', () => {
    expect(sealed(event('x', { user: 'alice' })).user).toBe(sealed(event('y', { user: 'alice' })).user);
    expect(markerOf(key, 'alice')).not.toBe(markerOf(other, 'alice'));
    expect(markerOf(key, 'alice')).toMatch(/^sealed-[0-9a-f]{16}$/);
    const json = eventToJson(sealed(event('alice', { user: 'alice' })));
    expect(openEvent(json, [other])).toMatchObject({ values: {}, unreadable: 1, event: { user: json.user } });
  });

  test.each([
    ['bob in user=bob,', 'bob', '# in user=#,'],
    ['bobby, abob, bob_x, böb', 'bob', 'bobby, abob, bob_x, böb'],
    ['a.b@example.com', 'a.b', '#@example.com'],
    ['$(x) and (x)', '$(x)', '# and (x)'],
    ['sealed by sealed', 'sealed', '# by #'],
    ['-a- 5', '-', '-a- 5'],
    ['', 'x', ''],
  ])('%j without %j is %j', (raw, user, left) => {
    expect(raws(raw, user)).toBe(left);
  });

  test('an event without the fields stays as it is', () => {
    const one = event('nobody here', { user: null });
    const before = structuredClone(one);
    expect(sealed(one)).toEqual(before);
    expect(openEvent(eventToJson(one), [key])).toBeNull();
  });

  test('a short value that is repeated does not fill the disk: the text is taken out as a whole', () => {
    const raw = 'ab '.repeat(300_000);
    const json = eventToJson(sealed(event(raw, { user: 'ab' })));
    expect(json.raw).toBe(markerOf(key, raw));
    expect(openEvent(json, [key])?.event.raw).toBe(raw);
  });

  test('a token of something else is not opened: not that of a secret, not what somebody sent', () => {
    const foreign = { [markerOf(key, 'x')]: encryptFernet(key, 'the password of a channel', 0), 'sealed-x': 'junk' };
    const json = eventToJson(event('x', { fields: { [sealedField]: foreign } }));
    expect(openEvent(json, [key])).toMatchObject({ values: {}, unreadable: 2 });
  });

  test('whatever it is: it comes back, and nothing of it is left before', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2 }), fc.string(), fc.string(), (user, before, after) => {
        const raw = `${before} ${user} ${after}`;
        const json = eventToJson(sealed(event(raw, { user, fields: { text: raw } })));
        expect(json.user).toBe(markerOf(key, user));
        expect(openEvent(json, [key])?.event).toMatchObject({ raw, user, fields: { text: raw } });
        if (/^[a-z0-9]+$/i.test(user)) expect(json.raw.split(/[^\p{L}\p{N}_]+/u)).not.toContain(user);
      }),
      { numRuns: 300 },
    );
  });
});
