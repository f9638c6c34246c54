import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import { queryClient, rulesQuery } from '../api/queries.ts';
import type { RuleListed } from '../api/types.ts';

const addressOf = (rule: RuleListed) => `/api/rules/${encodeURIComponent(rule.id)}`;
const refresh = () => queryClient.invalidateQueries({ queryKey: ['rules'] });

export async function toggleRule(rule: RuleListed): Promise<void> {
  const flip = () =>
    queryClient.setQueryData(rulesQuery.queryKey, (rules) =>
      rules?.map((each) => (each.id === rule.id ? { ...each, enabled: !each.enabled } : each)),
    );
  flip();
  try {
    await request(`${addressOf(rule)}/toggle`, { method: 'POST' });
  } catch (error) {
    flip();
    toast.error(`Not changed. ${sentence(error)}`);
  }
  queryClient.removeQueries({ queryKey: ['rule', rule.id] });
  void refresh();
}

export async function deleteRule(rule: RuleListed): Promise<void> {
  try {
    await request(addressOf(rule), { method: 'DELETE' });
  } catch (error) {
    toast.error(`Not deleted. ${sentence(error)}`);
    return;
  }
  queryClient.removeQueries({ queryKey: ['rule', rule.id] });
  void refresh();
  toast.success(`“${rule.name}” deleted`, {
    duration: 12_000,
    action: { label: 'Undo', onClick: () => void restore(rule, 'is back') },
  });
}

export async function restoreShipped(rule: RuleListed): Promise<void> {
  await restore(rule, 'is as it was shipped');
}

async function restore(rule: RuleListed, done: string): Promise<void> {
  try {
    await request(`${addressOf(rule)}/restore`, { method: 'POST' });
    toast.success(`“${rule.name}” ${done}`);
  } catch (error) {
    toast.error(`Not restored. ${sentence(error)}`);
  }
  queryClient.removeQueries({ queryKey: ['rule', rule.id] });
  void refresh();
}
