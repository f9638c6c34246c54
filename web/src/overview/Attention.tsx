import { useRouter } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import type { Overview } from '../api/types.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { LogText } from '../ui/LogText.tsx';
import { Severity } from '../ui/Severity.tsx';

/** What a person should look at, worst first. */
export function Attention({ items }: { items: Overview['attention'] }) {
  const router = useRouter();
  return (
    <Card title="What needs attention" flush>
      {items.length === 0 ? (
        <p className="flex items-center gap-2 p-4 text-muted">
          <CircleCheck className="size-4 shrink-0 text-good" aria-hidden="true" />
          Nothing: every source sends, every rule runs, everything is stored.
        </p>
      ) : (
        <ul className="thin-scroll max-h-[19rem] overflow-y-auto">
          {items.map((item) => (
            <li key={`${item.kind}:${item.title}`} className="border-b px-4 py-2.5 last:border-b-0">
              <div className="flex items-start gap-2">
                <Severity level={item.severity} compact className="mt-1" />
                <div className="min-w-0 grow">
                  <p className="font-medium break-words">
                    <LogText text={item.title} className="!font-sans !text-[1em]" />
                  </p>
                  <p className="text-xs text-muted">
                    <LogText text={item.detail} className="!font-sans !text-[1em]" />
                  </p>
                </div>
                {item.action?.href.startsWith('/') && !item.action.href.startsWith('//') && (
                  <Button size="small" onClick={() => router.history.push(item.action?.href ?? '/')}>
                    {item.action.label}
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
