import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { toast } from 'sonner';
import { ApiError, request, sentence } from '../api/client.ts';
import { meQuery, ruleQuery } from '../api/queries.ts';
import type { RuleDraft, RuleJson, RuleProblem } from '../api/types.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Drawer } from '../ui/Dialog.tsx';
import { short } from '../ui/format.ts';
import { Failure, Skeleton } from '../ui/States.tsx';
import { draftOf, type FormState, formOf, gaps, newForm } from './draft.ts';
import { Problems } from './Problems.tsx';
import { RuleForm } from './RuleForm.tsx';
import { deleteRule, restoreShipped } from './rule-actions.ts';
import { TestBox } from './TestBox.tsx';

/** Create (`new`) or edit a rule beside the list. */
export function RuleDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const creating = id === 'new';
  const query = useQuery({ ...ruleQuery(id), enabled: !creating });
  if (!creating && !query.data) {
    return (
      <Drawer open onClose={onClose} title="Rule" wide>
        {query.isError ? <Failure error={query.error} retry={() => void query.refetch()} /> : <Skeleton lines={8} />}
      </Drawer>
    );
  }
  return <Editor key={id} rule={creating ? null : (query.data ?? null)} onClose={onClose} />;
}

const settleMs = 300;

/** Has the server compile what stands in the form, once the typing pauses. */
function useValidation(draft: RuleDraft, complete: boolean) {
  const [answer, setAnswer] = useState<{ key: string; problems: RuleProblem[]; failure: string | null } | null>(null);
  const key = JSON.stringify(draft);
  useEffect(() => {
    if (!complete) return;
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      request<{ problems: RuleProblem[] }>('/api/rules/validate', {
        method: 'POST',
        body: { rule: bodyOf(JSON.parse(key) as RuleDraft) },
        signal: aborter.signal,
      }).then(
        ({ problems }) => setAnswer({ key, problems, failure: null }),
        (error) => !aborter.signal.aborted && setAnswer({ key, problems: [], failure: sentence(error) }),
      );
    }, settleMs);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [key, complete]);
  const current = answer?.key === key;
  return {
    state: complete ? (current ? ('checked' as const) : ('checking' as const)) : ('incomplete' as const),
    problems: complete ? (answer?.problems ?? []) : [],
    failure: complete && current ? answer.failure : null,
  };
}

function Editor({ rule, onClose }: { rule: RuleJson | null; onClose: () => void }) {
  const [form, setForm] = useState<FormState>(() => (rule ? formOf(rule) : newForm));
  const [touched, setTouched] = useState(false);
  const { data: user } = useQuery(meQuery);
  const queryClient = useQueryClient();
  const readOnly = user?.role !== 'admin';
  const missing = gaps(form);
  const draft = draftOf(form, rule);
  const complete = Object.keys(missing).length === 0;
  const check = useValidation(draft, complete);
  const broken = check.failure !== null || check.problems.some((problem) => problem.level === 'error');

  const save = useMutation({
    mutationFn: () =>
      rule
        ? request<RuleJson>(`/api/rules/${encodeURIComponent(rule.id)}`, { method: 'PUT', body: bodyOf(draft) })
        : request<RuleJson>('/api/rules', { method: 'POST', body: bodyOf(draft) }),
    onSuccess: (saved) => {
      queryClient.setQueryData(ruleQuery(saved.id).queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: ['rules'] });
      toast.success(rule ? `“${saved.name}” is in force as changed` : `“${saved.name}” is in force`);
      onClose();
    },
  });
  const refused = save.error instanceof ApiError ? ((save.error.body.problems ?? []) as RuleProblem[]) : [];

  return (
    <Drawer
      open
      wide
      onClose={onClose}
      title={rule ? rule.name : 'New rule'}
      note={
        rule ? (
          <span className="mt-1 flex flex-wrap gap-1.5">
            <Badge>
              {rule.origin === 'shipped' ? 'shipped with Phosor' : rule.overridden ? 'shipped, changed' : rule.origin}
            </Badge>
            {rule.attack.map((technique) => (
              <Badge key={technique}>{technique}</Badge>
            ))}
            {rule.stats && (
              <Badge>
                {short(rule.stats.matches)} matches, {short(rule.stats.alerts)} alerts since start
              </Badge>
            )}
          </span>
        ) : (
          'Takes effect the moment it is saved.'
        )
      }
      footer={
        readOnly ? (
          <p className="mr-auto self-center text-muted">Changing rules takes the role admin.</p>
        ) : (
          <>
            {rule && (
              <Button
                kind="danger"
                className="mr-auto"
                onClick={() => {
                  onClose();
                  void deleteRule(rule);
                }}
              >
                Delete
              </Button>
            )}
            {rule?.overridden && (
              <Button
                onClick={() => {
                  onClose();
                  void restoreShipped(rule);
                }}
              >
                Back to as shipped
              </Button>
            )}
            <Button onClick={onClose}>Cancel</Button>
            <Button
              kind="primary"
              busy={save.isPending}
              disabled={!complete || broken || check.state !== 'checked'}
              onClick={() => save.mutate()}
            >
              {rule ? 'Save' : 'Create'}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <RuleForm
          form={form}
          set={(change) => {
            setTouched(true);
            setForm((before) => ({ ...before, ...change }));
          }}
          missing={touched ? missing : {}}
          problems={check.problems}
          readOnly={readOnly}
        />
        <Problems
          problems={check.problems}
          state={check.state}
          failure={check.failure}
          missing={Object.values(missing)}
        />
        {save.isError && (
          <>
            <Failure error={save.error} />
            <Problems problems={refused} state="checked" failure={null} missing={[]} />
          </>
        )}
        <TestBox draft={draft} />
      </div>
    </Drawer>
  );
}

/** What is sent. A Sigma rule's name, description and level are in its YAML. */
function bodyOf(draft: RuleDraft): Partial<RuleDraft> {
  return draft.type === 'sigma' ? { type: draft.type, config: draft.config, enabled: draft.enabled } : draft;
}
