import { Kbd } from '../ui/Badge.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { shortcuts } from './keys.ts';

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keyboard" wide>
      <div className="gap-8 sm:columns-2">
        {shortcuts.map((section) => (
          <section key={section.title} className="mb-5 break-inside-avoid">
            <h3 className="mb-1.5 text-xs font-semibold text-faint">{section.title}</h3>
            <dl className="flex flex-col">
              {section.keys.map(([key, text]) => (
                <div key={key} className="flex items-baseline justify-between gap-4 border-b border-line/60 py-1.5">
                  <dd className="text-muted">{text}</dd>
                  <dt className="shrink-0">
                    <Kbd>{key}</Kbd>
                  </dt>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
