import { Lightbulb } from 'lucide-react';
import { LogText } from '../ui/LogText.tsx';

/** What would have had to differ, one sentence each. */
export function Differ({ title, sentences }: { title: string; sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <div className="flex gap-2 rounded-md border border-medium/35 bg-medium/8 px-2.5 py-2" data-testid="differ">
      <Lightbulb className="mt-0.5 size-4 shrink-0 text-medium" aria-hidden="true" />
      <div className="min-w-0">
        <p className="text-xs font-semibold text-muted">{title}, this would have had to differ</p>
        <ul className="mt-0.5 flex flex-col gap-0.5">
          {sentences.map((sentence) => (
            <li key={sentence}>
              <LogText text={sentence} limit={1000} className="!font-sans !text-[1em]" />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
