import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { exceptionsQuery, queryClient, rulesQuery } from '../api/queries.ts';
import type { RuleException, RuleListed } from '../api/types.ts';
import { localTime, plural } from '../ui/format.ts';

const addressOf = (id: string) => `/api/rules/${encodeURIComponent(id)}`;

function refresh(): void {
  for (const key of ['rules', 'rule', 'coverage']) void queryClient.invalidateQueries({ queryKey: [key] });
}

/** Shows a change in the list before the server has answered. */
function patch(id: string, change: Partial<RuleListed>): void {
  queryClient.setQueryData(rulesQuery.queryKey, (rules) =>
    rules?.map((rule) => (rule.id === id ? { ...rule, ...change } : rule)),
  );
}

/** So many the server takes at once. */
const mostAtOnce = 10_000;

type Change = { enabled: boolean } | { muted_until: string | null } | { signal: boolean } | { deleted: boolean };

/** The same to many rules: taken into force together. Throws where the server refuses. */
async function changeRules(rules: readonly Pick<RuleListed, 'id'>[], change: Change): Promise<void> {
  const rule_ids = rules.map(({ id }) => id);
  for (let at = 0; at < rule_ids.length; at += mostAtOnce) {
    const some = rule_ids.slice(at, at + mostAtOnce);
    await request('/api/rules/bulk', { method: 'POST', body: { rule_ids: some, change } });
  }
}

const named = (rules: readonly RuleListed[]): string =>
  rules.length === 1 ? `“${rules[0]?.name}”` : plural(rules.length, 'rule');

/** Changes rules, shows how it goes where it takes a while, and offers to take it back. */
async function changeWithUndo(
  rules: readonly RuleListed[],
  change: Change,
  words: { doing: string; done: string },
  undo: () => Promise<void>,
): Promise<void> {
  const progress = rules.length > 20 ? toast.loading(`${words.doing} ${plural(rules.length, 'rule')} …`) : undefined;
  const place = progress === undefined ? {} : { id: progress };
  try {
    await changeRules(rules, change);
  } catch (error) {
    toast.error(`Not changed. ${sentence(error)}`, place);
    refresh();
    return;
  }
  refresh();
  const takeBack = () =>
    void undo()
      .catch((error) => toast.error(`Not undone. ${sentence(error)}`))
      .finally(refresh);
  toast.success(`${named(rules)} ${words.done}`, {
    ...place,
    duration: 12_000,
    action: { label: 'Undo', onClick: takeBack },
  });
}

/** @param until ISO time; null: no longer muted */
export async function muteRules(rules: readonly RuleListed[], until: string | null): Promise<void> {
  const done = until ? `muted until ${localTime(new Date(until))}` : 'no longer muted';
  const before = Map.groupBy(rules, (rule) => rule.muted_until);
  await changeWithUndo(rules, { muted_until: until }, { doing: until ? 'Muting' : 'Unmuting', done }, async () => {
    // Each rule gets back what it had.
    for (const [muted_until, some] of before) await changeRules(some, { muted_until });
  });
}

export async function switchRules(rules: readonly RuleListed[], on: boolean): Promise<void> {
  const wanted = rules.filter((rule) => rule.enabled !== on);
  if (wanted.length === 0) {
    toast(`${named(rules)}: already ${on ? 'on' : 'off'}`);
    return;
  }
  const words = { doing: on ? 'Switching on' : 'Switching off', done: on ? 'switched on' : 'switched off' };
  await changeWithUndo(wanted, { enabled: on }, words, () => changeRules(wanted, { enabled: !on }));
}

/** Signals' new alerts are kept out of the queue, and nobody is told. */
export async function makeSignals(rules: readonly RuleListed[], signal: boolean): Promise<void> {
  const wanted = rules.filter((rule) => (rule.signal_since !== null) !== signal);
  if (wanted.length === 0) {
    toast(`${named(rules)}: already so`);
    return;
  }
  const words = signal
    ? { doing: 'Saving as signals', done: wanted.length === 1 ? 'is a signal now' : 'are signals now' }
    : {
        doing: 'Bringing back',
        done: wanted.length === 1 ? 'is no longer a signal by choice' : 'are no longer signals by choice',
      };
  await changeWithUndo(wanted, { signal }, words, () => changeRules(wanted, { signal: !signal }));
}

export async function removeRules(rules: readonly RuleListed[]): Promise<void> {
  const words = { doing: 'Deleting', done: 'deleted' };
  await changeWithUndo(rules, { deleted: true }, words, () => changeRules(rules, { deleted: false }));
}

/** Alerts a day above which the rule becomes a signal; null: the default. */
export async function setBudget(rule: RuleListed, budget: number | null): Promise<void> {
  const put = async (value: number | null) => {
    const changed = await request<RuleListed>(`${addressOf(rule.id)}/budget`, {
      method: 'PATCH',
      body: { noise_budget: value },
    });
    patch(rule.id, changed);
    refresh();
  };
  await put(budget);
  toast.success(`“${rule.name}”: ${budget === null ? 'the default budget' : `${plural(budget, 'alert')} a day`}`, {
    action: {
      label: 'Undo',
      onClick: () => void put(rule.noise_budget).catch((error) => toast.error(`Not undone. ${sentence(error)}`)),
    },
  });
}

export type NewException = Pick<RuleException, 'name' | 'selection' | 'reason' | 'expires_at'>;

const refreshExceptions = (ruleId: string) => {
  void queryClient.invalidateQueries({ queryKey: exceptionsQuery(ruleId).queryKey });
  refresh();
};

export async function addException(ruleId: string, body: NewException): Promise<RuleException> {
  const made = await request<RuleException>(`${addressOf(ruleId)}/exceptions`, { method: 'POST', body });
  refreshExceptions(ruleId);
  return made;
}

const exceptionAddress = ({ rule_id, id }: Pick<RuleException, 'rule_id' | 'id'>) =>
  `${addressOf(rule_id)}/exceptions/${encodeURIComponent(id)}`;

/** Removes it; the toast brings it back as it was, with a new id. */
export async function removeException(exception: RuleException): Promise<void> {
  const key = exceptionsQuery(exception.rule_id).queryKey;
  const before = queryClient.getQueryData(key);
  queryClient.setQueryData(key, (list) => list?.filter(({ id }) => id !== exception.id));
  try {
    await request(exceptionAddress(exception), { method: 'DELETE' });
  } catch (error) {
    queryClient.setQueryData(key, before);
    toast.error(`Not removed. ${sentence(error)}`);
    return;
  }
  refreshExceptions(exception.rule_id);
  const { name, selection, reason, expires_at } = exception;
  toast.success('Exception removed: the rule looks at this again', {
    duration: 12_000,
    action: {
      label: 'Undo',
      onClick: () =>
        void addException(exception.rule_id, { name, selection, reason, expires_at }).catch((error) =>
          toast.error(`Not undone. ${sentence(error)}`),
        ),
    },
  });
}

/** Removes an imported pack as a whole. */
export async function removePack(pack: string): Promise<void> {
  try {
    const { removed } = await request<{ removed: number }>(`/api/rules/packs/${encodeURIComponent(pack)}`, {
      method: 'DELETE',
    });
    toast.success(`“${pack}” removed: ${plural(removed, 'rule')}`);
  } catch (error) {
    toast.error(`Not removed. ${sentence(error)}`);
  }
  refresh();
}
