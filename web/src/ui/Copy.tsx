import { Check, Copy as CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { toast } from 'sonner';
import { IconButton } from './Button.tsx';

/** Copies, also where the page is not served over HTTPS or from this machine and the clipboard API is missing. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function Copy({ text, label = 'Copy', className }: { text: string; label?: string; className?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    if (await copyText(text)) setDone(true);
    else toast.error('The browser refused to copy. Select the text and copy it by hand.');
  };
  return (
    <IconButton label={done ? 'Copied' : label} onClick={() => void copy()} className={className ?? 'size-7'}>
      {done ? <Check className="text-good" aria-hidden="true" /> : <CopyIcon aria-hidden="true" />}
    </IconButton>
  );
}

/** A command or an address to take along. */
export function CopyLine({ text }: { text: string }) {
  return (
    <div className="flex items-start gap-1 rounded-md border bg-bg py-1 pr-1 pl-2.5">
      <code className="log min-w-0 grow py-1 wrap-anywhere whitespace-pre-wrap">{text}</code>
      <Copy text={text} />
    </div>
  );
}
