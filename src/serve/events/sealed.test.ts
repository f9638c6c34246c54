import { expect, test } from 'vitest';
import { EventSealer, openEvent, sealedField } from '../../store/secrets/event-sealer.ts';
import { type FernetKey, generateFernetKey, readFernetKey } from '../../store/secrets/fernet.ts';
import { testEvent } from '../fakes.test-suite.ts';
import { openHarness } from '../harness.test-suite.ts';

test('sealed values are opened for analysts, and that is written down', async () => {
  const harness = await openHarness();
  const key = readFernetKey(generateFernetKey()) as FernetKey;
  harness.fakes.sealed = { open: (event) => openEvent(event, [key]), markersOf: () => ['sealed-0'] };
  const sealed = testEvent({ raw: 'root was here', user: 'root' });
  new EventSealer(['user'], key, () => 0).find(sealed)?.apply(sealed);
  const plain = testEvent({ id: '0194a000-0000-8000-8000-000000000002', raw: 'nobody' });
  harness.fakes.held.push(sealed, plain);
  const reveal = (role: 'viewer' | 'analyst', id: string) =>
    harness.as(role, { method: 'POST', url: `/api/events/${id}/reveal` });

  expect((await reveal('viewer', sealed.id)).statusCode).toBe(403);
  expect((await reveal('analyst', sealed.id)).json()).toMatchObject({
    values: { [String(sealed.user)]: 'root' },
    unreadable: 0,
    event: { raw: 'root was here', user: 'root' },
  });
  expect((await reveal('analyst', plain.id)).json()).toMatchObject({ values: {}, event: { raw: 'nobody' } });
  expect((await reveal('analyst', 'nothing')).statusCode).toBe(404);
  const records = harness.fakes.state.audit.list(20, null);
  expect(records.filter(({ action }) => action === 'sealed_values_shown')).toHaveLength(1);
  const shown = (await harness.as('viewer', { method: 'GET', url: `/api/events/${sealed.id}` })).json();
  expect(JSON.stringify({ ...shown, fields: { ...shown.fields, [sealedField]: null } })).not.toContain('root');
  const lookUp = await harness.as('analyst', {
    method: 'POST',
    url: '/api/events/sealed-markers',
    payload: { value: 'x' },
  });
  expect(lookUp.json()).toEqual({ markers: ['sealed-0'] });
  expect(harness.audited()).toContain('sealed_value_looked_up');
  await harness.app.close();
});
