import { Button } from '../ui/Button.tsx';
import { group } from '../ui/format.ts';

/** What can be done with the selected rules. */
export function BulkBar({
  count,
  onSwitch,
  onMute,
  onSignal,
  onRemove,
  onClear,
}: {
  count: number;
  onSwitch: (on: boolean) => void;
  onMute: () => void;
  onSignal: () => void;
  onRemove: () => void;
  onClear: () => void;
}) {
  return (
    <div
      role="toolbar"
      aria-label="Selected rules"
      className="absolute inset-x-2 bottom-4 z-10 mx-auto flex w-fit flex-wrap items-center justify-center gap-2 rounded-lg border border-strong bg-raised p-2 shadow-pop"
    >
      <span className="tabular px-2 font-medium">{group(count)} selected</span>
      <Button size="small" kind="primary" onClick={() => onSwitch(true)}>
        Switch on
      </Button>
      <Button size="small" onClick={() => onSwitch(false)}>
        Switch off
      </Button>
      <Button size="small" onClick={onMute}>
        Mute …
      </Button>
      <Button size="small" title="Keep their alerts out of the queue, or raise them again" onClick={onSignal}>
        Signal
      </Button>
      <Button size="small" kind="danger" onClick={onRemove}>
        Delete
      </Button>
      <Button size="small" kind="ghost" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}
