import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { toast } from 'sonner';
import { request, sentence } from '../api/client.ts';
import type { RuleTestRun } from '../api/types.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';

/**
 * Runs the lines that lie beside rules, apart from everything live. What passes counts as tested for 30 days.
 * @param ruleIds without them: all rules that have lines
 */
export function RunTests({
  ruleIds,
  label,
  size = 'normal',
}: {
  ruleIds?: readonly string[];
  label: string;
  size?: 'small' | 'normal';
}) {
  const mayAct = useMayAct();
  const queryClient = useQueryClient();
  const [failed, setFailed] = useState<RuleTestRun | null>(null);
  const run = useMutation({
    mutationFn: () =>
      request<RuleTestRun>('/api/rules/tests', { method: 'POST', body: ruleIds ? { rule_ids: ruleIds } : {} }),
    onSuccess: (result) => {
      for (const key of ['rules', 'rule', 'coverage']) void queryClient.invalidateQueries({ queryKey: [key] });
      if (result.failed > 0) setFailed(result);
      else if (result.passed > 0) toast.success(`${plural(result.passed, 'rule')} did what their lines ask`);
      else toast('No rule with lines of its own to run.');
    },
    onError: (error) => toast.error(`Not tested. ${sentence(error)}`),
  });
  if (!mayAct) return null;
  return (
    <>
      <Button size={size} busy={run.isPending} onClick={() => run.mutate()}>
        <FlaskConical className={size === 'small' ? 'size-3.5' : 'size-4'} aria-hidden="true" /> {label}
      </Button>
      {failed && (
        <Dialog
          open
          wide
          onClose={() => setFailed(null)}
          title={`${plural(failed.failed, 'rule')} failed`}
          note={`${plural(failed.passed, 'rule')} passed.`}
        >
          <ul className="flex flex-col gap-2">
            {failed.results
              .filter(({ ok }) => !ok)
              .map(({ rule_id, name, problem }) => (
                <li key={rule_id} className="rounded-md border border-bad/40 px-3 py-2">
                  <p className="font-medium">
                    <LogText text={name} limit={200} className="!font-sans !text-[1em]" />
                  </p>
                  <p className="text-muted">
                    <LogText text={problem ?? ''} limit={1000} className="!font-sans !text-[1em]" />
                  </p>
                </li>
              ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}
