import { Search, X } from 'lucide-react';
import { type Ref, useEffect, useEffectEvent, useState } from 'react';
import { IconButton } from './Button.tsx';
import { cx } from './cx.ts';
import { inputClass } from './Field.tsx';

const settleMs = 250;

/** A filter by text. Reports what was typed once the typing pauses. */
export function SearchBox({
  label,
  value,
  onChange,
  placeholder,
  className,
  ref,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  className?: string;
  ref?: Ref<HTMLInputElement>;
}) {
  const [text, setText] = useState(value);
  const [given, setGiven] = useState(value);
  if (given !== value) {
    setGiven(value);
    setText(value);
  }
  const report = useEffectEvent(() => {
    if (text !== value) onChange(text);
  });
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => report(), settleMs);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <div className={cx('relative flex items-center', className)}>
      <Search className="pointer-events-none absolute left-2.5 size-4 text-faint" aria-hidden="true" />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') report();
          if (event.key !== 'Escape') return;
          if (text) {
            setText('');
            onChange('');
          } else event.currentTarget.blur();
        }}
        className={cx(inputClass, 'h-8 pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden')}
      />
      {text && (
        <IconButton
          label="Clear"
          className="absolute right-0.5 size-7"
          onClick={() => {
            setText('');
            onChange('');
          }}
        >
          <X aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}
