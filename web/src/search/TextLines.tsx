import type { Mark } from '../../../src/model/query/index.ts';
import { keyed } from '../ui/keyed.ts';
import { LogText } from '../ui/LogText.tsx';
import { marksIn } from './marks.ts';

const longestLine = 6000;

/** Text of several lines, in which somebody else's words stand: JSON of an event, a rule's YAML. */
export function TextLines({ text, marks = [] }: { text: string; marks?: readonly Mark[] }) {
  return (
    <div>
      {keyed(text.split('\n'), (line) => line).map(({ key, item }) => (
        <div key={key} className="wrap-anywhere">
          <LogText text={item} marks={marksIn(item.slice(0, longestLine), marks)} limit={longestLine} />
        </div>
      ))}
    </div>
  );
}
