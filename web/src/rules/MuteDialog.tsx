import { useState } from 'react';
import type { RuleListed } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { localDay, plural, zoneName } from '../ui/format.ts';
import { RuleText } from './RuleRow.tsx';
import { muteRules } from './upkeep-actions.ts';

const hourMs = 3_600_000;
/** For how many hours a rule is usually muted. */
export const muteHours = [1, 8, 24] as const;
/** ISO time so many hours from now. */
export const inHours = (hours: number): string => new Date(Date.now() + hours * hourMs).toISOString();

/** What `<input type=datetime-local>` holds, in the reader's zone. */
export function localInput(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${localDay(date)}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Silences rules for a while: they match and count, but raise nothing. */
export function MuteDialog({ rules, onClose }: { rules: readonly RuleListed[]; onClose: () => void }) {
  const [until, setUntil] = useState(() => localInput(new Date(Date.now() + 24 * hourMs)));
  const [now] = useState(() => new Date());
  const end = new Date(until);
  const isFuture = end.getTime() > now.getTime();
  const mute = (iso: string | null) => {
    onClose();
    void muteRules(rules, iso);
  };
  const isMuted = rules.some((rule) => rule.muted_until !== null);
  const what = rules.length === 1 ? (rules[0]?.name ?? '') : plural(rules.length, 'rule');
  return (
    <Dialog
      open
      onClose={onClose}
      title={
        <>
          Mute <RuleText text={what} />
        </>
      }
      note="It goes on matching and counting, but raises no new alert until then."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isFuture) mute(end.toISOString());
        }}
      >
        <div className="flex flex-wrap gap-2">
          {muteHours.map((hours) => (
            <Button key={hours} onClick={() => mute(inHours(hours))}>
              For {hours} h
            </Button>
          ))}
          {isMuted && (
            <Button kind="ghost" onClick={() => mute(null)}>
              No longer muted
            </Button>
          )}
        </div>
        <div className="flex flex-wrap items-end gap-2">
          <Field
            label={`Until (${zoneName(now)})`}
            type="datetime-local"
            value={until}
            min={localInput(now)}
            onChange={(event) => setUntil(event.target.value)}
            error={isFuture ? null : 'A time in the future is needed.'}
            className="grow"
          />
          <Button type="submit" kind="primary" disabled={!isFuture}>
            Mute until then
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
