import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useBlocker } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { toast } from 'sonner';
import { ApiError, request } from '../api/client.ts';
import { ruleQuery } from '../api/queries.ts';
import type { RuleJson, RuleProblem, SessionUser } from '../api/types.ts';
import type { RulePane, RuleSearch } from '../rules/address.ts';
import { bodyOf, gaps, titleOf } from '../rules/draft.ts';
import { Problems } from '../rules/Problems.tsx';
import { RuleForm } from '../rules/RuleForm.tsx';
import { RuleUpkeep } from '../rules/RuleUpkeep.tsx';
import { makeSignals } from '../rules/upkeep-actions.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { cx } from '../ui/cx.ts';
import { Failure } from '../ui/States.tsx';
import { Choice } from '../ui/Tabs.tsx';
import { Time } from '../ui/Time.tsx';
import { BacktestPane } from './BacktestPane.tsx';
import type { EditorHandle } from './CodeEditor.tsx';
import { keepLines, readLines } from './draft-store.ts';
import { LeaveDialog } from './LeaveDialog.tsx';
import { listMemory } from './memory.ts';
import { RuleHead } from './RuleHead.tsx';
import { TestPane } from './TestPane.tsx';
import { useBacktest } from './useBacktest.ts';
import { useDraft } from './useDraft.ts';
import { useValidation } from './useValidation.ts';

const route = getRouteApi('/app/rules/$id');

/** The rule at the left; what it does to lines and to history at the right. */
export function RuleEditor({ rule, user }: { rule: RuleJson | null; user: SessionUser }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const [start] = useState(() => (search.kind ? { type: search.kind } : {}));
  const draft = useDraft(rule, user.id, start);
  const [touched, setTouched] = useState(false);
  const backtest = useBacktest();
  const editor = useRef<EditorHandle>(null);
  const admin = user.role === 'admin';
  // An analyst may change a rule to try it, and only that.
  const mayTry = user.role !== 'viewer';
  const missing = gaps(draft.form);
  const complete = Object.keys(missing).length === 0;
  // A rule may be tried before it has a name.
  const named = { ...draft.draft, name: draft.draft.name || 'Draft', enabled: true };
  const { name: _name, ...needed } = missing;
  const triable = Object.keys(needed).length === 0;
  const check = useValidation(named, triable);
  const broken = check.failure !== null || check.problems.some(({ level }) => level === 'error');
  const valid = triable && !broken;
  const ready = complete && valid && check.state === 'checked';
  const pane: RulePane = search.pane ?? (search.events ? 'test' : 'rule');
  const show = (change: RuleSearch) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true });
  const chooseEvents = (chosen: string[]) =>
    void navigate({
      search: ({ events: _events, ...rest }) => (chosen.length > 0 ? { ...rest, events: chosen } : rest),
      replace: true,
    });

  const save = useMutation({
    mutationFn: async ({ signal }: { signal: boolean }) => {
      const body = { ...bodyOf(draft.draft), ...(signal && { signal }) };
      if (!rule) return request<RuleJson>('/api/rules', { method: 'POST', body });
      const address = `/api/rules/${encodeURIComponent(rule.id)}`;
      const latest = await request<RuleJson>(address);
      if (latest.updated_at !== rule.updated_at) {
        queryClient.setQueryData(ruleQuery(rule.id).queryKey, latest);
        throw new ApiError(409, 'OVERTAKEN', 'Not saved: the rule was changed elsewhere meanwhile. See above.');
      }
      return request<RuleJson>(address, { method: 'PUT', body });
    },
    onSuccess: (saved) => {
      draft.saved(saved);
      void queryClient.invalidateQueries({ queryKey: ['rules'] });
      toast.success(
        `“${saved.name}” is in force${rule ? ' as changed' : ''}${saved.signal_since ? ', as a signal' : ''}`,
      );
      queryClient.setQueryData(ruleQuery(saved.id).queryKey, saved);
    },
  });
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => draft.dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => draft.dirty && !draft.stored,
    withResolver: true,
  });
  const saveHere = (signal = false) =>
    save.mutate(
      { signal },
      {
        onSuccess: (saved) => {
          if (rule) return;
          keepLines(saved.id, readLines('new'));
          keepLines('new', '');
          void navigate({
            to: '/rules/$id',
            params: { id: saved.id },
            search: (now) => now,
            replace: true,
            ignoreBlocker: true,
          });
        },
      },
    );
  const unsaved = draft.dirty || rule === null;
  const saveSignal = unsaved ? () => saveHere(true) : () => void makeSignals([rule], true);
  const leave = () => void navigate({ to: '/rules', search: listMemory.search });

  const press = useEffectEvent((event: KeyboardEvent) => {
    const inOverlay = event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"]');
    if (event.key.toLowerCase() === 's' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      if (inOverlay || save.isPending) return;
      if (!admin) toast.error('Saving rules takes the role admin.');
      else if (!draft.dirty && rule) toast('Nothing has changed since it was saved.');
      else if (ready) saveHere();
      else toast.error(unreadyReason(complete, broken, check.state));
    } else if (event.key === 'Escape' && !event.defaultPrevented && !inOverlay) {
      event.preventDefault();
      leave();
    }
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => press(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  const refused = save.error instanceof ApiError ? ((save.error.body.problems ?? []) as RuleProblem[]) : [];
  const trial = draft.dirty || !rule ? { rule: bodyOf(named) } : { rule_id: rule.id };

  return (
    <div className="mx-auto max-w-[140rem] p-3 sm:p-4">
      <RuleHead
        rule={rule}
        name={titleOf(draft.form) || (rule?.name ?? 'New rule')}
        role={user.role}
        dirty={draft.dirty}
        unready={ready ? null : unreadyReason(complete, broken, check.state)}
        saving={save.isPending}
        onSave={() => saveHere()}
        onSaveSignal={rule?.signal_since ? null : saveSignal}
        onDiscard={draft.discard}
        onGone={() => {
          draft.discard();
          void navigate({ to: '/rules', search: listMemory.search, ignoreBlocker: true });
        }}
      />
      <div className="mb-3 lg:hidden">
        <Choice
          label="Part of the page"
          value={pane}
          options={[
            ['rule', 'Rule'],
            ['test', 'Test'],
            ['backtest', 'Backtest'],
            ...(rule ? [['upkeep', 'Upkeep'] as const] : []),
          ]}
          onChange={(next) => show({ pane: next })}
        />
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <Card className={cx('lg:sticky lg:top-4', pane !== 'rule' && 'max-lg:hidden')}>
          <div className="flex flex-col gap-4">
            {draft.restoredAt !== null && (
              <Notice
                action={
                  <Button size="small" onClick={draft.discard}>
                    Discard them
                  </Button>
                }
              >
                Your unsaved changes from <Time value={draft.restoredAt} form="relative" /> are back.
              </Notice>
            )}
            {draft.overtaken && (
              <Notice
                action={
                  <Button size="small" onClick={draft.discard}>
                    Take that version
                  </Button>
                }
              >
                The rule was changed elsewhere after you began. Saving replaces that version.
              </Notice>
            )}
            <RuleForm
              key={draft.generation}
              form={draft.form}
              set={(change) => {
                setTouched(true);
                draft.set(change);
              }}
              missing={touched ? missing : {}}
              problems={check.problems}
              readOnly={!mayTry}
              editor={editor}
            />
            <Problems
              problems={check.problems}
              state={check.state}
              failure={check.failure}
              missing={Object.values(missing)}
              {...(draft.form.type === 'sigma' && { onGo: (line, column) => editor.current?.goTo(line, column) })}
            />
            {save.isError && (
              <>
                <Failure error={save.error} />
                {refused.length > 0 && <Problems problems={refused} state="checked" failure={null} missing={[]} />}
              </>
            )}
          </div>
        </Card>
        <Card className={cx(pane === 'rule' && 'max-lg:hidden')}>
          <div className="-mx-4 -mt-4 mb-4 border-b px-4 py-2 max-lg:hidden">
            <Choice
              label="Try the rule"
              value={pane === 'rule' ? 'test' : pane}
              options={[
                ['test', 'Test'],
                ['backtest', backtest.run.state === 'running' ? 'Backtest …' : 'Backtest'],
                ...(rule ? [['upkeep', 'Upkeep'] as const] : []),
              ]}
              onChange={(next) => show({ pane: next })}
            />
          </div>
          {pane === 'backtest' ? (
            <BacktestPane
              rule={rule}
              trial={trial}
              valid={valid}
              mayRun={mayTry}
              backtest={backtest}
              range={search.range ?? '7d'}
              onRange={(range) => show({ range })}
              onSamples={(ids) => show({ pane: 'test', events: ids })}
              signal={
                admin && !rule?.signal_since
                  ? {
                      save: saveSignal,
                      unready: unsaved && !ready ? unreadyReason(complete, broken, check.state) : null,
                    }
                  : null
              }
            />
          ) : pane === 'upkeep' && rule ? (
            <RuleUpkeep rule={rule} />
          ) : (
            <TestPane
              ruleId={rule?.id ?? 'new'}
              trial={trial}
              ready={valid && check.state === 'checked'}
              reason={unreadyReason(triable, broken, check.state)}
              mayExplain={mayTry}
              events={search.events ?? []}
              onEvents={chooseEvents}
            />
          )}
        </Card>
      </div>
      {blocker.status === 'blocked' && (
        <LeaveDialog
          stored={draft.stored}
          onSave={
            ready && admin
              ? () =>
                  save.mutate({ signal: false }, { onSuccess: () => blocker.proceed(), onError: () => blocker.reset() })
              : null
          }
          onKeep={() => blocker.proceed()}
          onDiscard={() => {
            draft.discard();
            blocker.proceed();
          }}
          onStay={() => blocker.reset()}
        />
      )}
    </div>
  );
}

function unreadyReason(complete: boolean, broken: boolean, state: string): string {
  if (!complete) return 'The rule is not complete yet.';
  if (broken) return 'The rule has errors. Mend them first.';
  return state === 'checking' ? 'The rule is still being checked.' : '';
}

function Notice({ children, action }: { children: React.ReactNode; action: React.ReactNode }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-2 rounded-md border border-accent/40 bg-accent-soft px-3 py-2"
    >
      <p className="min-w-0 grow basis-40">{children}</p>
      {action}
    </div>
  );
}
