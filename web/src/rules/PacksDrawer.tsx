import { Package, Trash2, Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { RuleListed } from '../api/types.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Dialog, Drawer } from '../ui/Dialog.tsx';
import { group, plural, short } from '../ui/format.ts';
import { LogText } from '../ui/LogText.tsx';
import { Empty } from '../ui/States.tsx';
import { RuleText } from './RuleRow.tsx';
import { removePack, switchRules } from './upkeep-actions.ts';

interface Pack {
  name: string;
  rules: RuleListed[];
  authors: string[];
  licences: string[];
  on: number;
  alerts: number;
  warnings: number;
}

/** Different texts, the most frequent first. */
function byCount(texts: readonly (string | null)[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) if (text) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([text]) => text);
}

/** The imported packs, largest first. */
function packsOf(rules: readonly RuleListed[]): Pack[] {
  const grouped = Map.groupBy(
    rules.filter((rule) => rule.pack !== null),
    (rule) => rule.pack ?? '',
  );
  return [...grouped]
    .map(([name, members]) => ({
      name,
      rules: members,
      authors: byCount(members.map((rule) => rule.author)),
      licences: byCount(members.map((rule) => rule.licence)),
      on: members.filter((rule) => rule.enabled).length,
      alerts: members.reduce((sum, rule) => sum + rule.alerts_24h, 0),
      warnings: members.filter((rule) => rule.warnings.length > 0).length,
    }))
    .sort((a, b) => b.rules.length - a.rules.length || a.name.localeCompare(b.name));
}

/** What was imported, pack by pack. */
export function PacksDrawer({
  rules,
  admin,
  onClose,
  onShow,
  onImport,
}: {
  rules: readonly RuleListed[];
  admin: boolean;
  onClose: () => void;
  onShow: (pack: string) => void;
  onImport: () => void;
}) {
  const packs = useMemo(() => packsOf(rules), [rules]);
  const [doomed, setDoomed] = useState<Pack | null>(null);
  return (
    <Drawer open onClose={onClose} title="Packs" note="Rules that were imported together.">
      {packs.length === 0 ? (
        <Empty icon={<Package aria-hidden="true" />} title="No pack was imported yet.">
          <p>
            Phosor ships rules of its own. Others come as a folder or a zip of Sigma rules, with their authors’ names.
          </p>
          {admin && (
            <Button className="mt-3" onClick={onImport}>
              <Upload className="size-4" aria-hidden="true" /> Import rules
            </Button>
          )}
        </Empty>
      ) : (
        <ul className="flex flex-col gap-3">
          {packs.map((pack) => (
            <li key={pack.name} className="rounded-md border bg-bg p-3">
              <div className="flex items-start gap-2">
                <div className="min-w-0 grow">
                  <h3 className="truncate font-medium">
                    <RuleText text={pack.name} />
                  </h3>
                  <p className="text-xs text-muted">
                    {plural(pack.rules.length, 'rule')}, {group(pack.on)} on · {plural(pack.alerts, 'alert')} in 24 h
                    {pack.warnings > 0 && ` · ${short(pack.warnings)} with warnings`}
                  </p>
                  <p className="mt-0.5 line-clamp-3 text-xs text-faint" title={pack.authors.join('\n')}>
                    {pack.authors.length === 0 ? (
                      'No author is named.'
                    ) : (
                      <>
                        By{' '}
                        <LogText
                          text={pack.authors.slice(0, 8).join('; ')}
                          limit={400}
                          className="!font-sans !text-[1em]"
                        />
                        {pack.authors.length > 8 && ` and ${group(pack.authors.length - 8)} more`}
                      </>
                    )}
                  </p>
                  {pack.licences.length > 0 && (
                    <p className="truncate text-xs text-faint">
                      Licence: <RuleText text={pack.licences.slice(0, 3).join('; ')} limit={200} />
                      {pack.licences.length > 3 && ` and ${group(pack.licences.length - 3)} more`}
                    </p>
                  )}
                </div>
                {admin && (
                  <IconButton label={`Remove the pack ${pack.name}`} onClick={() => setDoomed(pack)}>
                    <Trash2 aria-hidden="true" />
                  </IconButton>
                )}
              </div>
              <div className="mt-2 flex flex-wrap gap-2">
                <Button size="small" onClick={() => onShow(pack.name)}>
                  Show its rules
                </Button>
                {admin && pack.on < pack.rules.length && (
                  <Button size="small" kind="ghost" onClick={() => void switchRules(pack.rules, true)}>
                    Switch all on
                  </Button>
                )}
                {admin && pack.on > 0 && (
                  <Button size="small" kind="ghost" onClick={() => void switchRules(pack.rules, false)}>
                    Switch all off
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {doomed && (
        <Dialog
          open
          onClose={() => setDoomed(null)}
          title={
            <>
              Remove the pack <RuleText text={doomed.name} />?
            </>
          }
          note={`${plural(doomed.rules.length, 'rule')} and the test lines beside them. Their alerts stay.`}
          footer={
            <>
              <Button onClick={() => setDoomed(null)}>Keep it</Button>
              <Button
                kind="danger"
                onClick={() => {
                  setDoomed(null);
                  void removePack(doomed.name);
                }}
              >
                Remove {plural(doomed.rules.length, 'rule')}
              </Button>
            </>
          }
        >
          <p className="text-muted">
            To have it back, import it again: what was decided about its rules (mutes, budgets, exceptions) is kept for
            that. To silence it for now, switch it off instead.
          </p>
        </Dialog>
      )}
    </Drawer>
  );
}
