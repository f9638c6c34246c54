import type { Mark } from '../../../src/model/query/index.ts';
import type { TextMark } from '../ui/visible-text.ts';

const most = 60;

/** Where texts of a query stand in a text, case ignored. */
export function marksIn(text: string, marks: readonly Mark[]): TextMark[] {
  const found: TextMark[] = [];
  if (marks.length === 0) return found;
  const folded = text.toLowerCase();
  // A letter may be longer in lower case: then places would not be those of the text.
  if (folded.length !== text.length) return found;
  for (const { text: wanted } of marks) {
    for (
      let at = folded.indexOf(wanted);
      at >= 0 && found.length < most;
      at = folded.indexOf(wanted, at + wanted.length)
    ) {
      found.push({ offset: at, length: wanted.length });
    }
  }
  return found;
}

/** Marks for a column: of its own field, and of the line where it shows the line. */
export const marksOfField = (marks: readonly Mark[], field: string): Mark[] =>
  field === 'message' || field === 'raw'
    ? marks.filter((mark) => mark.field === null || mark.text.length > 2)
    : marks.filter((mark) => mark.field === field);
