import { type ReactNode, useMemo } from 'react';
import { cx } from './cx.ts';
import { type TextMark, visiblePieces } from './visible-text.ts';

const noMarks: readonly TextMark[] = [];

/**
 * Text that somebody else wrote. Only ever text nodes; control and direction characters are drawn as symbols.
 * @param limit longest piece of the text that is drawn; the rest is announced, not hidden silently
 */
export function LogText({
  text,
  marks = noMarks,
  limit = 4000,
  wrap = true,
  className,
}: {
  text: string;
  marks?: readonly TextMark[];
  limit?: number;
  wrap?: boolean;
  className?: string;
}) {
  const pieces = useMemo(() => visiblePieces(text.slice(0, limit), marks), [text, marks, limit]);
  return (
    <span dir="ltr" className={cx('log', wrap ? 'break-words whitespace-pre-wrap' : 'whitespace-pre', className)}>
      {pieces.map((piece) => {
        const content: ReactNode = piece.control ? (
          <span key={piece.at} className="control" title={piece.control}>
            {piece.text}
          </span>
        ) : (
          piece.text
        );
        return piece.marked ? <mark key={piece.at}>{content}</mark> : content;
      })}
      {text.length > limit && <span className="text-faint"> … {text.length - limit} more characters</span>}
    </span>
  );
}
