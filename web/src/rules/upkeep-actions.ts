import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { exceptionsQuery, queryClient, rulesQuery } from '../api/queries.ts';
import type { RuleException, RuleJson } from '../api/types.ts';
import { localTime, plural } from '../ui/format.ts';

const addressOf = (id: string) => `/api/rules/${encodeURIComponent(id)}`;

function refresh(): void {
  for (const key of ['rules', 'rule', 'coverage']) void queryClient.invalidateQueries({ queryKey: [key] });
}

/** Shows a change in the list before the server has answered. */
function patch(id: string, change: Partial<RuleJson>): void {
  queryClient.setQueryData(rulesQuery.queryKey, (rules) =>
    rules?.map((rule) => (rule.id === id ? { ...rule, ...change } : rule)),
  );
}

/**
 * Does the same to each rule, one after the other, with the count shown and a way to stop. What was done stays done.
 * @returns the rules it was done to
 */
async function forEachRule(
  rules: readonly RuleJson[],
  doing: string,
  work: (rule: RuleJson) => Promise<void>,
): Promise<RuleJson[]> {
  const done: RuleJson[] = [];
  const progress = rules.length > 20 ? toast.loading(`${doing} …`) : undefined;
  let isStopped = false;
  try {
    for (const rule of rules) {
      if (isStopped) break;
      await work(rule);
      done.push(rule);
      if (progress !== undefined) {
        const stop = { label: 'Stop', onClick: () => (isStopped = true) };
        toast.loading(`${doing}: ${done.length} of ${rules.length}`, { id: progress, action: stop });
      }
    }
  } catch (error) {
    const at = rules[done.length];
    toast.error(
      rules.length === 1
        ? `Not changed. ${sentence(error)}`
        : `Stopped at “${at?.name}” after ${plural(done.length, 'rule')}. ${sentence(error)}`,
      { duration: 12_000 },
    );
  }
  if (progress !== undefined) toast.dismiss(progress);
  refresh();
  return done;
}

const named = (rules: readonly RuleJson[]): string =>
  rules.length === 1 ? `“${rules[0]?.name}”` : plural(rules.length, 'rule');

const muteOne = async (rule: RuleJson, until: string | null): Promise<void> => {
  const changed = await request<RuleJson>(`${addressOf(rule.id)}/mute`, { method: 'POST', body: { until } });
  patch(rule.id, changed);
};

/** @param until ISO time; null: no longer muted */
export async function muteRules(rules: readonly RuleJson[], until: string | null): Promise<void> {
  const wanted = rules.filter((rule) => rule.muted_until !== until);
  const done = await forEachRule(wanted, until ? 'Muting' : 'Unmuting', (rule) => muteOne(rule, until));
  if (done.length === 0) return;
  const text = until ? `muted until ${localTime(new Date(until))}` : 'no longer muted';
  toast.success(`${named(done)} ${text}`, {
    action: {
      label: 'Undo',
      // Each rule gets back what it had.
      onClick: () => void forEachRule(done, 'Undoing', (rule) => muteOne(rule, rule.muted_until)),
    },
  });
}

const switchOne = async (rule: RuleJson): Promise<void> => {
  const { enabled } = await request<{ enabled: boolean }>(`${addressOf(rule.id)}/toggle`, { method: 'POST' });
  patch(rule.id, { enabled, state: enabled ? (rule.state === 'off' ? 'on' : rule.state) : 'off' });
};

export async function switchRules(rules: readonly RuleJson[], on: boolean): Promise<void> {
  const wanted = rules.filter((rule) => rule.enabled !== on);
  if (wanted.length === 0) {
    toast(`${named(rules)}: already ${on ? 'on' : 'off'}`);
    return;
  }
  const done = await forEachRule(wanted, on ? 'Switching on' : 'Switching off', switchOne);
  if (done.length === 0) return;
  toast.success(`${named(done)} switched ${on ? 'on' : 'off'}`, {
    action: {
      label: 'Undo',
      onClick: () =>
        void forEachRule(
          done.map((rule) => ({ ...rule, enabled: on })),
          'Undoing',
          switchOne,
        ),
    },
  });
}

/** Alerts a day above which the rule becomes a signal; null: the default. */
export async function setBudget(rule: RuleJson, budget: number | null): Promise<void> {
  const put = async (value: number | null) => {
    const changed = await request<RuleJson>(`${addressOf(rule.id)}/budget`, {
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

/** Deletes rules; the toast restores them. */
export async function removeRules(what: string, rules: readonly RuleJson[]): Promise<void> {
  const done = await forEachRule(rules, `Removing ${what}`, async (rule) => {
    await request(addressOf(rule.id), { method: 'DELETE' });
    queryClient.setQueryData(rulesQuery.queryKey, (all) => all?.filter(({ id }) => id !== rule.id));
  });
  if (done.length === 0) return;
  toast.success(`${what} removed: ${plural(done.length, 'rule')}`, {
    duration: 20_000,
    action: {
      label: 'Undo',
      onClick: () =>
        void forEachRule(done, 'Bringing back', (rule) =>
          request<void>(`${addressOf(rule.id)}/restore`, { method: 'POST' }),
        ),
    },
  });
}
