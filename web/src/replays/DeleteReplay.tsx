import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { deleteReplay, type ReplayJson } from '../api/replays.ts';
import { Button } from '../ui/Button.tsx';

/** Asks once more: a replay can be run again, but history may have gone by then. */
export function DeleteReplay({ replay, onGone }: { replay: ReplayJson; onGone?: () => void }) {
  const [isSure, setSure] = useState(false);
  const act = async () => {
    if (!isSure) setSure(true);
    else if (await deleteReplay(replay)) onGone?.();
  };
  return (
    <Button
      size="small"
      kind="danger"
      aria-label={isSure ? `Really delete ${replay.name}?` : `Delete ${replay.name}`}
      onBlur={() => setSure(false)}
      onClick={() => void act()}
    >
      <Trash2 className="size-3.5" aria-hidden="true" /> {isSure ? 'Really delete?' : 'Delete'}
    </Button>
  );
}
