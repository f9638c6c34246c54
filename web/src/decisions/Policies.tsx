import { useState } from 'react';
import { severities } from '../../../src/model/enumerations.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Select } from '../ui/Field.tsx';
import { Switch } from '../ui/Switch.tsx';
import { type PolicyJson, useResponseChange } from './api.ts';
import { conditionOf, kindNames, span } from './words.ts';

const bodyOf = ({ id: _, shipped: __, changed: ___, ...body }: PolicyJson) => body;
const fresh: PolicyJson = {
  id: '',
  name: '',
  enabled: true,
  order: 50,
  kind: 'block',
  ttl_seconds: 3600,
  when: { severity: 'high', rules: [], tags: [], event_types: [], score: null },
  shipped: false,
  changed: false,
};
const words = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

/** Which alerts decide what. The first that fits does. */
export function Policies({ policies, admin }: { policies: PolicyJson[]; admin: boolean }) {
  const [editing, setEditing] = useState<PolicyJson | null>(null);
  const change = useResponseChange();
  const put = (policy: PolicyJson, done: string) =>
    change.mutate({
      method: 'PUT',
      path: `/api/response/policies/${encodeURIComponent(policy.id)}`,
      body: bodyOf(policy),
      done: () => done,
    });
  return (
    <div className="flex flex-col gap-3">
      <p className="max-w-prose text-muted">
        Each new alert is held against these in order; the first that fits decides about its source. Only evidence that
        nobody can have forged leads to a block: syslog from a sender that is not trusted never does. A repeated source
        is blocked for twice as long each time, seven days at most.
      </p>
      <Card
        flush
        title="Policies"
        extra={
          admin && (
            <Button size="small" onClick={() => setEditing(fresh)}>
              Add
            </Button>
          )
        }
      >
        <ul>
          {policies.map((policy) => (
            <li
              key={policy.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 last:border-b-0"
            >
              <Switch
                label={`Use ${policy.name}`}
                checked={policy.enabled}
                disabled={!admin}
                onChange={(enabled) => put({ ...policy, enabled }, `${policy.name}: ${enabled ? 'on' : 'off'}`)}
              />
              <div className="min-w-0 grow basis-64">
                <p className="break-words">{policy.name}</p>
                <p className="break-words text-sm text-muted">
                  {kindNames[policy.kind]} for {span(policy.ttl_seconds)} when: {conditionOf(policy)}
                </p>
              </div>
              {policy.shipped && <Badge>{policy.changed ? 'changed' : 'shipped'}</Badge>}
              {admin && (
                <>
                  <Button size="small" onClick={() => setEditing(policy)}>
                    Edit
                  </Button>
                  {(!policy.shipped || policy.changed) && (
                    <Button
                      size="small"
                      onClick={() =>
                        change.mutate({
                          method: 'DELETE',
                          path: `/api/response/policies/${encodeURIComponent(policy.id)}`,
                          done: () => (policy.shipped ? `${policy.name} is as shipped` : `${policy.name} is gone`),
                        })
                      }
                    >
                      {policy.shipped ? 'Reset' : 'Remove'}
                    </Button>
                  )}
                </>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {editing && <Editor policy={editing} onClose={() => setEditing(null)} />}
    </div>
  );
}

function Editor({ policy, onClose }: { policy: PolicyJson; onClose: () => void }) {
  const [draft, setDraft] = useState(policy);
  const [rules, setRules] = useState(policy.when.rules.join(', '));
  const [tags, setTags] = useState(policy.when.tags.join(', '));
  const [types, setTypes] = useState(policy.when.event_types.join(', '));
  const change = useResponseChange();
  const when = (part: Partial<PolicyJson['when']>) => setDraft({ ...draft, when: { ...draft.when, ...part } });
  const id =
    policy.id ||
    draft.name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 60);
  return (
    <Dialog open onClose={onClose} title={policy.id === '' ? 'Add a policy' : 'Change the policy'}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const whole = {
            ...draft,
            when: { ...draft.when, rules: words(rules), tags: words(tags), event_types: words(types) },
          };
          change.mutate(
            {
              method: 'PUT',
              path: `/api/response/policies/${encodeURIComponent(id)}`,
              body: bodyOf(whole),
              done: () => `${draft.name} is saved`,
            },
            { onSuccess: onClose },
          );
        }}
      >
        <Field
          label="Name"
          value={draft.name}
          maxLength={120}
          onChange={(event) => setDraft({ ...draft, name: event.target.value })}
        />
        <Select
          label="Least severity"
          value={draft.when.severity ?? ''}
          onChange={(event) => when({ severity: severities.find((one) => one === event.target.value) ?? null })}
          options={[['', 'Any'], ...severities.map((one): [string, string] => [one, one])]}
        />
        <Field
          label="Least threat score"
          type="number"
          min={1}
          max={100}
          value={draft.when.score ?? ''}
          onChange={(event) => when({ score: event.target.value === '' ? null : Number(event.target.value) })}
          hint="Empty: the score is not asked for."
        />
        <Field
          label="Rules"
          value={rules}
          onChange={(event) => setRules(event.target.value)}
          hint="Ids with commas between. Empty: any."
        />
        <Field label="Tags" value={tags} onChange={(event) => setTags(event.target.value)} />
        <Field
          label="Event types"
          value={types}
          onChange={(event) => setTypes(event.target.value)}
          hint="Such as decoy.login; decoy. stands for all that begin so."
        />
        <Select
          label="What"
          value={draft.kind}
          onChange={(event) =>
            setDraft({
              ...draft,
              kind: event.target.value === 'redirect' || event.target.value === 'alert' ? event.target.value : 'block',
            })
          }
          options={[
            ['block', kindNames.block],
            ['redirect', `${kindNames.redirect} to the decoys`],
            ['alert', kindNames.alert],
          ]}
        />
        <Field
          label="For how many minutes"
          type="number"
          min={1}
          max={10_080}
          value={draft.ttl_seconds / 60}
          onChange={(event) => setDraft({ ...draft, ttl_seconds: Math.round(Number(event.target.value) * 60) })}
        />
        <Field
          label="Order"
          type="number"
          min={0}
          value={draft.order}
          onChange={(event) => setDraft({ ...draft, order: Number(event.target.value) })}
          hint="The lowest is asked first."
        />
        <Button type="submit" kind="primary" busy={change.isPending} disabled={draft.name.trim() === '' || id === ''}>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
