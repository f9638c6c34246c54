import { keyed } from './keyed.ts';
import { LogText } from './LogText.tsx';

/** What people wrote, in its own lines. Everything else that is hidden in it is drawn as symbols, as in {@link LogText}. */
export function NoteText({ text, limit = 10_000 }: { text: string; limit?: number }) {
  const lines = text.slice(0, limit).split(/\r?\n/);
  return (
    <div>
      {keyed(lines, (line) => line).map(({ key, item }) => (
        <p key={key} className="min-h-[1lh] break-words">
          <LogText text={item} limit={limit} className="!font-sans !text-[1em]" />
        </p>
      ))}
      {text.length > limit && <p className="text-faint">… {text.length - limit} more characters</p>}
    </div>
  );
}
