import { Button } from '../ui/Button.tsx';
import { group } from '../ui/format.ts';

/** What can be done with the selected alerts. */
export function SelectionBar({
  count,
  onAcknowledge,
  onProgress,
  onFalsePositive,
  onClear,
}: {
  count: number;
  onAcknowledge: () => void;
  onProgress: () => void;
  onFalsePositive: () => void;
  onClear: () => void;
}) {
  return (
    <div
      role="toolbar"
      aria-label="Selected alerts"
      className="absolute inset-x-2 bottom-4 z-10 mx-auto flex w-fit flex-wrap items-center justify-center gap-2 rounded-lg border border-strong bg-raised p-2 shadow-pop"
    >
      <span className="tabular px-2 font-medium">{group(count)} selected</span>
      <Button size="small" kind="primary" onClick={onAcknowledge}>
        Acknowledge
      </Button>
      <Button size="small" onClick={onProgress}>
        In progress
      </Button>
      <Button size="small" onClick={onFalsePositive}>
        False positive
      </Button>
      <Button size="small" kind="ghost" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}
