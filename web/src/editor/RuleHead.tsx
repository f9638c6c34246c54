import { Link } from '@tanstack/react-router';
import { ArrowLeft, Ellipsis, Megaphone, RotateCcw, Save, Trash2 } from 'lucide-react';
import type { Role, RuleJson } from '../api/types.ts';
import { StateBadge } from '../rules/RuleRow.tsx';
import { deleteRule, restoreShipped } from '../rules/rule-actions.ts';
import { makeSignals } from '../rules/upkeep-actions.ts';
import { Badge } from '../ui/Badge.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Menu } from '../ui/Menu.tsx';
import { Time } from '../ui/Time.tsx';
import { listMemory } from './memory.ts';

/** Which rule this is, how it does, and what can be done with it. */
export function RuleHead(props: {
  rule: RuleJson | null;
  name: string;
  role: Role;
  dirty: boolean;
  /** Null: it can be saved. */
  unready: string | null;
  saving: boolean;
  onSave: () => void;
  /** Saves it as a signal. Null: it is one by choice. */
  onSaveSignal: (() => void) | null;
  onDiscard: () => void;
  /** The rule is gone, or another than before. */
  onGone: () => void;
}) {
  const { rule, name, role, dirty, unready, saving, onSave, onSaveSignal, onDiscard, onGone } = props;
  const admin = role === 'admin';
  return (
    <header className="mb-3 flex flex-wrap items-start gap-x-3 gap-y-2">
      <div className="min-w-0 grow basis-64">
        <Link
          to="/rules"
          search={listMemory.search}
          className="mb-0.5 inline-flex items-center gap-1 text-xs text-muted hover:text-text"
        >
          <ArrowLeft className="size-3.5" aria-hidden="true" /> Rules
        </Link>
        <h1 className="flex items-center gap-2 text-xl font-semibold tracking-tight break-words">
          <LogText text={name} className="!font-sans !text-[1em] min-w-0" limit={200} />
          {dirty && (
            <span
              className="size-2 shrink-0 rounded-full bg-accent"
              role="img"
              aria-label="Unsaved changes"
              title="Unsaved changes"
            />
          )}
        </h1>
        {rule && <Facts rule={rule} />}
      </div>
      <div className="ml-auto flex flex-wrap items-center gap-2">
        {!admin && (
          <p className="text-muted">
            {role === 'analyst'
              ? 'Change it to try it. Saving takes the role admin.'
              : 'Changing rules takes the role admin.'}
          </p>
        )}
        {dirty && <Button onClick={onDiscard}>Discard</Button>}
        {admin && rule && (
          <Menu
            trigger={
              <IconButton label="More about this rule">
                <Ellipsis aria-hidden="true" />
              </IconButton>
            }
            items={[
              {
                label: rule.signal_since ? 'Raise its alerts again' : 'Save as signal',
                icon: <Megaphone aria-hidden="true" />,
                onSelect: onSaveSignal ?? (() => void makeSignals([rule], false)),
              },
              ...(rule.overridden
                ? [
                    {
                      label: 'Back to as shipped',
                      icon: <RotateCcw aria-hidden="true" />,
                      onSelect: () => void restoreShipped(rule).then(onGone),
                    },
                  ]
                : []),
              {
                label: 'Delete',
                icon: <Trash2 aria-hidden="true" />,
                danger: true,
                onSelect: () => {
                  onGone();
                  void deleteRule(rule);
                },
              },
            ]}
          />
        )}
        {admin && onSaveSignal && (dirty || rule === null) && (
          <Button
            busy={saving}
            disabled={unready !== null}
            title={unready ?? 'Its alerts are kept as info, out of the queue, and nobody is told'}
            onClick={onSaveSignal}
          >
            <Megaphone className="size-4" aria-hidden="true" /> {rule ? 'Save as signal' : 'Create as signal'}
          </Button>
        )}
        {admin && (
          <Button
            kind="primary"
            busy={saving}
            disabled={unready !== null || !(dirty || rule === null)}
            title={unready ?? 'Ctrl+S or ⌘S'}
            onClick={onSave}
          >
            <Save className="size-4" aria-hidden="true" /> {rule ? 'Save' : 'Create'}
          </Button>
        )}
      </div>
    </header>
  );
}

const origins = { shipped: 'shipped with Phosor', user: 'own rule', imported: 'imported' };

function Facts({ rule }: { rule: RuleJson }) {
  return (
    <p className="mt-1 flex flex-wrap items-center gap-1.5 text-xs text-muted">
      <StateBadge rule={rule} />
      <Badge>{rule.overridden ? 'shipped, changed' : origins[rule.origin]}</Badge>
      {rule.author && rule.origin !== 'shipped' && (
        <Badge>
          by <LogText text={rule.author} limit={80} wrap={false} className="!font-sans !text-[1em]" />
        </Badge>
      )}
      {rule.attack.map((technique) => (
        <Badge key={technique} title="MITRE ATT&CK technique">
          {technique}
        </Badge>
      ))}
      {rule.stats && (
        <span className="tabular">
          {short(rule.stats.matches)} matches, {plural(rule.stats.alerts, 'alert')} and{' '}
          {plural(rule.stats.groups, 'live group')}
          {rule.stats.evicted > 0 && `, ${plural(rule.stats.evicted, 'group')} evicted`}
        </span>
      )}
      {rule.last_fired && (
        <span>
          last fired <Time value={rule.last_fired} form="relative" />
        </span>
      )}
    </p>
  );
}
