import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
import { IconButton } from './Button.tsx';
import { cx } from './cx.ts';

interface OverlayProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  /** One sentence under the title. */
  note?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}

/**
 * Where the focus goes: to the first field where there is one to fill in, else to the sheet itself, not to its close button;
 * and back to where it was.
 */
function useFocus() {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: (event: Event) => {
      before.current = document.activeElement;
      if (!(event.currentTarget instanceof HTMLElement)) return;
      event.preventDefault();
      const field = event.currentTarget.querySelector<HTMLElement>(
        'input:not(:disabled):not([type=hidden]):not([type=checkbox]):not([hidden]), textarea:not(:disabled)',
      );
      (field ?? event.currentTarget).focus();
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    },
  };
}

const veil = 'fixed inset-0 z-40 bg-black/55 backdrop-blur-[1px] data-[state=open]:animate-[fade-in_120ms]';

function Head({ title, note }: { title: ReactNode; note: ReactNode }) {
  return (
    <header className="flex items-start gap-3 border-b px-5 py-3">
      <div className="min-w-0">
        <Radix.Title className="text-base font-semibold break-words">{title}</Radix.Title>
        {note && <Radix.Description className="text-muted">{note}</Radix.Description>}
      </div>
      <Radix.Close asChild>
        <IconButton label="Close" className="-mr-2 ml-auto">
          <X aria-hidden="true" />
        </IconButton>
      </Radix.Close>
    </header>
  );
}

export function Dialog({ wide, ...props }: OverlayProps) {
  const place =
    'top-[8vh] left-1/2 max-h-[84vh] w-[calc(100vw-1.5rem)] -translate-x-1/2 rounded-xl border data-[state=open]:animate-[rise-in_140ms_ease-out]';
  return <Overlay {...props} className={cx(place, wide ? 'max-w-3xl' : 'max-w-lg')} />;
}

/** A sheet from below, within reach of a thumb. */
export function BottomSheet(props: Omit<OverlayProps, 'wide'>) {
  const place =
    'inset-x-0 bottom-0 max-h-[85dvh] rounded-t-xl border-t pb-[env(safe-area-inset-bottom)] data-[state=open]:animate-[rise-in_140ms_ease-out]';
  return <Overlay {...props} className={place} />;
}

/** A sheet from the right: editing beside the list. */
export function Drawer({ wide, ...props }: OverlayProps) {
  const place = 'inset-y-0 right-0 w-full border-l data-[state=open]:animate-[slide-in_160ms_ease-out]';
  return <Overlay {...props} className={cx(place, wide ? 'max-w-4xl' : 'max-w-xl')} fill />;
}

/** @param fill the content takes the whole height. */
function Overlay(props: Omit<OverlayProps, 'wide'> & { className: string; fill?: boolean }) {
  const { open, onClose, title, note, children, footer, className, fill } = props;
  const focus = useFocus();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={veil} />
        <Radix.Content
          {...(note ? {} : { 'aria-describedby': undefined })}
          {...focus}
          className={cx('fixed z-50 flex flex-col bg-surface shadow-pop outline-none', className)}
        >
          <Head title={title} note={note} />
          <div className={cx('thin-scroll min-h-0 overflow-y-auto p-5', fill && 'grow')}>{children}</div>
          {footer && <footer className="flex flex-wrap justify-end gap-2 border-t px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
