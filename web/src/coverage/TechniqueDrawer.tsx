import { Link } from '@tanstack/react-router';
import { ExternalLink, Plus, Radio, Upload } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Coverage, CoverageRule, CoverageState, CoverageTechnique } from '../api/types.ts';
import { RunTests } from '../rules/RunTests.tsx';
import { stateNames } from '../rules/rule-list.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button } from '../ui/Button.tsx';
import { Drawer } from '../ui/Dialog.tsx';
import { plural } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Empty } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { bestOf, parentOf } from './matrix.ts';
import { StateMark, stateLooks } from './states.tsx';

/** The same technique in MITRE's own words. */
const describedAt = (id: string): string => `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`;

/** A technique: which rules look for it, what is missing, and what to do next. */
export function TechniqueDrawer({
  id,
  coverage,
  onOpen,
  onClose,
}: {
  id: string;
  coverage: Coverage;
  onOpen: (id: string) => void;
  onClose: () => void;
}) {
  const technique = coverage.techniques.find((each) => each.id === id);
  if (!technique) {
    return (
      <Drawer open onClose={onClose} title={id}>
        <Empty title="This technique is not in the table.">
          <p>It may have been withdrawn from ATT&CK, or be newer than this version of Phosor.</p>
        </Empty>
      </Drawer>
    );
  }
  const family = coverage.techniques.filter((each) => parentOf(each.id) === parentOf(id) && each.id !== id);
  const subs = id.includes('.') ? [] : family;
  const tactics = coverage.tactics.filter((tactic) => technique.tactics.includes(tactic.id));
  return (
    <Drawer
      open
      onClose={onClose}
      title={
        <>
          <span className="tabular text-muted">{technique.id}</span> {technique.name}
        </>
      }
      note={
        <span className="mt-1 flex flex-wrap items-center gap-1.5">
          {tactics.map((tactic) => (
            <Badge key={tactic.id}>{tactic.name}</Badge>
          ))}
          <a
            href={describedAt(technique.id)}
            target="_blank"
            rel="noreferrer noopener"
            className="inline-flex items-center gap-1 text-xs text-accent hover:underline"
          >
            attack.mitre.org <ExternalLink className="size-3" aria-hidden="true" />
          </a>
        </span>
      }
    >
      <div className="flex flex-col gap-5">
        <div className="rounded-md border bg-bg p-3">
          <StateMark state={technique.state} className="font-medium" />
          <p className="mt-1 text-muted">{stateLooks[technique.state].meaning}</p>
          {subs.length > 0 && bestOf([technique, ...subs]) !== technique.state && (
            <p className="mt-1 flex flex-wrap gap-x-1.5 text-muted">
              A sub-technique is better off: <StateMark state={bestOf(subs)} />
            </p>
          )}
          <Next technique={technique} />
        </div>
        {technique.missing.length > 0 && (
          <Section title="What is missing">
            <ul className="flex flex-wrap gap-1.5">
              {technique.missing.map((each) => (
                <li key={each} className="max-w-full rounded border border-dashed border-high/60 px-2 py-0.5">
                  <LogText text={each} limit={300} className="!font-sans !text-[1em]" />
                </li>
              ))}
            </ul>
          </Section>
        )}
        {technique.rules.length > 0 && (
          <Section title={plural(technique.rules.length, 'rule')}>
            <ul className="overflow-hidden rounded-md border">
              {technique.rules.map((rule) => (
                <li key={rule.id} className="flex items-center gap-2 border-b px-3 py-2 last:border-b-0">
                  <Link
                    to="/rules/$id"
                    params={{ id: rule.id }}
                    className="min-w-0 grow truncate rounded font-medium hover:text-accent"
                  >
                    <LogText text={rule.name} limit={200} wrap={false} className="!font-sans !text-[1em]" />
                  </Link>
                  <RuleStanding rule={rule} />
                </li>
              ))}
            </ul>
          </Section>
        )}
        {family.length > 0 && (
          <Section title={id.includes('.') ? `The rest of ${parentOf(id)}` : 'Sub-techniques'}>
            <ul className="overflow-hidden rounded-md border">
              {family.map((each) => (
                <li key={each.id} className="border-b last:border-b-0">
                  <button
                    type="button"
                    onClick={() => onOpen(each.id)}
                    className="flex w-full items-center gap-2 px-3 py-2 text-left -outline-offset-2 hover:bg-raised"
                  >
                    <span className="tabular w-20 shrink-0 text-xs text-muted">{each.id}</span>
                    <span className="min-w-0 grow truncate">{each.name}</span>
                    <StateMark state={each.state} className="text-xs" />
                  </button>
                </li>
              ))}
            </ul>
          </Section>
        )}
      </div>
    </Drawer>
  );
}

/** How one of the rules does: what keeps it from working, else when it last did. */
function RuleStanding({ rule }: { rule: CoverageRule }) {
  if (rule.state === 'off' || rule.state === 'muted') return <Badge>{stateNames[rule.state]}</Badge>;
  return (
    <span className="flex shrink-0 flex-wrap items-center justify-end gap-1.5 text-xs text-muted">
      {rule.state === 'signal' && <Badge tone="warn">{stateNames.signal}</Badge>}
      {rule.visible === false && <StateMark state="no_source" />}
      {rule.tested_at && (
        <span className="text-accent">
          tested <Time value={rule.tested_at} form="relative" />
        </span>
      )}
      {rule.last_fired ? (
        <span>
          fired <Time value={rule.last_fired} form="relative" />
        </span>
      ) : (
        'never fired'
      )}
    </span>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 text-xs font-semibold text-faint">{title}</h3>
      {children}
    </section>
  );
}

const advice: Record<CoverageState, string> = {
  none: 'Write a rule and tag it with this technique, or import a pack that has one.',
  no_source: 'Connect a source that sends what is listed below; the rule works as soon as it arrives.',
  ready: 'Whether it would really fire is not proven: run the lines beside its rules, or try a rule with your own.',
  fired: 'It works. Running the lines beside its rules proves that it still does.',
  tested: 'Nothing to do: it is proven with lines of its own.',
};

function Next({ technique: { state, rules } }: { technique: CoverageTechnique }) {
  const [first] = rules;
  return (
    <>
      <p className="mt-2 text-muted">
        {state === 'none' && first
          ? 'The rules below are off or muted: with one of them on, it is covered.'
          : advice[state]}
      </p>
      <div className="mt-2 flex flex-wrap gap-2 empty:hidden">
        {state === 'none' && !first && (
          <>
            <Button asChild size="small">
              <Link to="/rules/$id" params={{ id: 'new' }} search={{ kind: 'sigma' }}>
                <Plus className="size-3.5" aria-hidden="true" /> Write a rule
              </Link>
            </Button>
            <Button asChild size="small">
              <Link to="/rules" search={{ show: 'import' }}>
                <Upload className="size-3.5" aria-hidden="true" /> Import a pack
              </Link>
            </Button>
          </>
        )}
        {state === 'no_source' && (
          <Button asChild size="small">
            <Link to="/sources">
              <Radio className="size-3.5" aria-hidden="true" /> Sources
            </Link>
          </Button>
        )}
        {(state === 'ready' || state === 'fired') && first && (
          <>
            <RunTests ruleIds={rules.map((rule) => rule.id)} label="Run their tests" size="small" />
            <Button asChild size="small" kind="ghost">
              <Link to="/rules/$id" params={{ id: first.id }} search={{ pane: 'test' }}>
                Try the rule with your own lines
              </Link>
            </Button>
          </>
        )}
      </div>
    </>
  );
}
