import { group, plural } from '../ui/format.ts';
import { Switch } from '../ui/Switch.tsx';

interface SignalSwitchProps {
  shown: boolean;
  /** Signals that the filters would show as well. */
  hidden: number;
  onChange: (show: boolean) => void;
}

/** Signals are kept without telling anybody. Here is how many, and the way to them. */
export function SignalSwitch({ shown, hidden, onChange }: SignalSwitchProps) {
  const title = shown
    ? 'Alerts of rules that were signals stand among the others'
    : `${plural(hidden, 'signal')} hidden: alerts of rules that were over their noise budget, or saved as signals`;
  return (
    <label
      htmlFor="show-signals"
      title={title}
      className="inline-flex h-8 items-center gap-2 text-xs whitespace-nowrap text-muted"
    >
      <Switch id="show-signals" label="Show signals" checked={shown} onChange={onChange} />
      <span>
        <span className="max-sm:sr-only">Show </span>
        <span className="inline-block max-sm:first-letter:uppercase">signals</span>
        {!shown && hidden > 0 && (
          <span className="tabular ml-1.5 text-text" data-testid="hidden-signals">
            {group(hidden)} hidden
          </span>
        )}
      </span>
    </label>
  );
}
