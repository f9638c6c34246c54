import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useBlocker } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { request, sentence } from '../api/client.ts';
import { meQuery, rulesQuery } from '../api/queries.ts';
import type { RuleProblem } from '../api/types.ts';
import type { EditorHandle } from '../editor/CodeEditor.tsx';
import { type Knowledge, visible } from '../editor/completions.ts';
import { useMayAct } from '../shell/may-act.ts';
import { Kbd } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Card, PageHead } from '../ui/Card.tsx';
import { Failure, Skeleton } from '../ui/States.tsx';
import { type CheckJson, type PlaybookJson, playbookQuery, playbookSchemaQuery, usePlaybookChange } from './api.ts';
import { StepList } from './StepList.tsx';
import { Trial } from './Trial.tsx';
import { useRuleNames } from './words.ts';

const route = getRouteApi('/app/playbooks/$id');
const CodeEditor = lazy(() => import('../editor/CodeEditor.tsx').then((module) => ({ default: module.CodeEditor })));

const fresh = `id: my-playbook
name: What it is for
description: ''
trigger:
  on: alert
  severity: high
when:
  address: external
limits:
  same_entity: 1h
  runs_per_hour: 20
steps:
  - do: enrich
    on_failure: continue
  - do: open_incident
  - do: block
    target: '{{address}}'
    for: 24h
    approval: required
`;
/** Steps of the schema, and the rules by their names: what is put in is the id, with the name behind it. */
function useKnowledge(): Knowledge {
  const { data: schema = null } = useQuery(playbookSchemaQuery);
  const { data: rules } = useQuery(rulesQuery);
  return useMemo(() => {
    const named = (rules ?? []).map(({ id, name }) => ({ label: name, insert: `${id} # ${visible(name)}`, note: id }));
    return { schema, fields: [], values: { 'trigger.rules': named } };
  }, [schema, rules]);
}

/** The editor of one playbook, with what is wrong in it, what it does, and a trial. */
export function PlaybookScreen() {
  const { id } = route.useParams();
  const isNew = id === 'new';
  const query = useQuery({ ...playbookQuery(id), enabled: !isNew });
  if (!isNew && query.isPending) return <Skeleton lines={12} className="p-6" />;
  if (!isNew && !query.data)
    return (
      <div className="mx-auto max-w-2xl p-6">
        <Failure error={query.error} retry={() => void query.refetch()} />
        <Button asChild className="mt-4">
          <Link to="/playbooks" search={{ tab: 'list' }}>
            Back to the playbooks
          </Link>
        </Button>
      </div>
    );
  return <Editor key={id} stored={query.data ?? null} />;
}

function useCheck(yaml: string): { check: CheckJson | null; failure: string | null } {
  const mayAct = useMayAct();
  const [check, setCheck] = useState<CheckJson | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    if (!mayAct) return;
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      request<CheckJson>('/api/playbooks/validate', { method: 'POST', body: { yaml }, signal: aborter.signal }).then(
        (answer) => {
          setCheck(answer);
          setFailure(null);
        },
        (error) => !aborter.signal.aborted && setFailure(sentence(error)),
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [yaml, mayAct]);
  return { check, failure };
}

function Editor({ stored }: { stored: (PlaybookJson & { yaml: string }) | null }) {
  const navigate = route.useNavigate();
  const { data: user } = useQuery(meQuery);
  const admin = user?.role === 'admin';
  const [yaml, setYaml] = useState(stored?.yaml ?? fresh);
  /** Grows where the text is set from outside: that makes another editor. */
  const [edition, setEdition] = useState(0);
  const editor = useRef<EditorHandle>(null);
  const { check, failure } = useCheck(yaml);
  const knowledge = useKnowledge();
  const named = useRuleNames();
  const change = usePlaybookChange<PlaybookJson>();
  const isChanged = yaml !== (stored?.yaml ?? fresh);
  const saved = useRef(false);
  /** The stored text that this one was made from: it may be loaded anew meanwhile. */
  const basis = useRef(stored?.yaml);
  useBlocker({
    shouldBlockFn: () =>
      isChanged && !saved.current && !window.confirm('Leave? What is not saved is gone when the page is left.'),
    enableBeforeUnload: () => isChanged && !saved.current,
  });
  const problems = useMemo(
    (): RuleProblem[] =>
      (check?.problems ?? []).map((problem) => ({ ...problem, rule_id: '', level: 'error', path: null })),
    [check],
  );
  const id = check?.id ?? null;
  const isOther = stored !== null && id !== null && id !== stored.id;
  const save = () =>
    id !== null &&
    change.mutate(
      {
        method: 'PUT',
        path: `/api/playbooks/${id}`,
        body: { yaml, ...(stored?.id === id && { before: basis.current }) },
        done: () => `${check?.name ?? id} is saved`,
      },
      {
        onSuccess: () => {
          saved.current = true;
          basis.current = yaml;
          if (stored?.id !== id) void navigate({ to: '/playbooks/$id', params: { id }, replace: true });
        },
      },
    );
  useEffect(() => {
    // What was typed since is not saved.
    if (isChanged) saved.current = false;
  }, [isChanged]);
  return (
    <div className="mx-auto max-w-7xl p-3 sm:p-4">
      <Link
        to="/playbooks"
        search={{ tab: 'list' }}
        className="flex items-center gap-1 text-xs text-muted hover:text-text"
      >
        <ArrowLeft className="size-3.5" aria-hidden="true" /> Playbooks
      </Link>
      <PageHead title={stored?.name ?? 'A new playbook'} note={stored?.description}>
        {admin && stored && (!stored.shipped || stored.changed) && (
          <Button
            onClick={() => {
              saved.current = true;
              change.mutate(
                {
                  method: 'DELETE',
                  path: `/api/playbooks/${stored.id}`,
                  done: () => (stored.shipped ? `${stored.name} is as shipped` : `${stored.name} is gone`),
                },
                { onSuccess: () => void navigate({ to: '/playbooks', search: { tab: 'list' } }) },
              );
            }}
          >
            {stored.shipped ? 'Reset' : 'Remove'}
          </Button>
        )}
        {admin && stored && isChanged && (
          <Button
            onClick={() => {
              setYaml(stored.yaml);
              basis.current = stored.yaml;
              setEdition(edition + 1);
            }}
          >
            Discard
          </Button>
        )}
        {admin && (
          <Button
            kind="primary"
            busy={change.isPending}
            disabled={id === null || (stored !== null && !isChanged)}
            onClick={save}
          >
            {isOther ? 'Save as another' : 'Save'}
          </Button>
        )}
      </PageHead>
      <div className="grid gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-2">
          <div className="h-[26rem] max-h-[70dvh] overflow-hidden rounded-md border bg-bg focus-within:border-accent lg:h-[calc(100dvh-14rem)]">
            <Suspense fallback={<Skeleton lines={10} className="p-4" />}>
              <CodeEditor
                key={edition}
                ref={editor}
                label="Playbook"
                value={yaml}
                onChange={setYaml}
                problems={problems}
                knowledge={knowledge}
                readOnly={!admin}
              />
            </Suspense>
          </div>
          {admin && (
            <p className="text-xs text-faint">
              <Kbd>Ctrl Space</Kbd> completes · <Kbd>F8</Kbd> next fault · <Kbd>Tab</Kbd> indents, after{' '}
              <Kbd>Ctrl M</Kbd> it moves on
            </p>
          )}
          {failure && <p className="text-sm text-bad">{failure}</p>}
          <ul className="flex flex-col gap-1" aria-label="Problems">
            {problems.map((problem) => (
              <li key={`${problem.line}:${problem.column}:${problem.message}`} className="text-sm">
                <button
                  type="button"
                  className="text-left text-bad hover:underline"
                  onClick={() => problem.line !== null && editor.current?.goTo(problem.line, problem.column)}
                >
                  {problem.line !== null && `Line ${problem.line}, column ${problem.column}: `}
                  {problem.message}
                </button>
              </li>
            ))}
          </ul>
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Card title="What it does">
            <p className="mb-2 break-words text-muted">{named(check?.trigger ?? stored?.trigger ?? '')}</p>
            <StepList steps={check?.steps ?? stored?.steps ?? []} />
          </Card>
          <Trial yaml={yaml} usable={id !== null} />
        </div>
      </div>
    </div>
  );
}
