import { clockWords, isMetric, type Missed, type NearMiss, noNumber, stepWords, whose } from './near-miss.ts';
import { comeWords, countOutlook, expressionOutlook, type Outlook } from './outlook.ts';
import { listed, quoted } from './wants.ts';
import { conditionWords } from './words.ts';

/**
 * What may become of a window that is judged when it is over (conditions that more events can undo), as of one of its events.
 *
 * @param end when the window is over, epoch ms
 */
export function outlookOfWindow(missed: Missed, end: number): NearMiss {
  const { part, entry } = missed;
  const outlook = outlookOf(missed);
  const until = clockWords(end, entry.event);
  const so = `the window is open until ${until}; ${soFar(missed)}, the rule wants ${conditionWords(part)}`;
  switch (outlook.kind) {
    case 'sure':
      return { differ: [`${so}: it fires when the window is over, whatever else comes`], until: null };
    case 'holds':
      return {
        differ: [`${so}: it fires when the window is over, unless ${outlook.unless ?? 'more events change that'}`],
        until: null,
      };
    case 'open': {
      const differ = [`${so}: it fires when the window is over if ${outlook.when ?? 'more events change that'}`];
      return { differ: [...differ, ...noNumber(missed)], until: end };
    }
    case 'lost':
      return {
        differ: [
          `${so}: for this window it does not fire, whatever else comes; the next window opens with the first such event after`,
        ],
        until: null,
      };
  }
}

function outlookOf(missed: Missed): Outlook {
  const { part, reading } = missed;
  if (isMetric(part)) return reading.holds ? { kind: 'holds', unless: null } : { kind: 'open', when: null };
  const happened = new Set(reading.entries.map(({ step }) => step));
  const titleOf = (step: number): string => quoted(part.steps[step]?.title ?? '');
  const by = whose(missed);
  if (part.expression) return expressionOutlook(part.expression, happened, (sets) => comeWords(sets, titleOf) + by);
  const { condition } = part;
  if (part.type.startsWith('temporal')) {
    const left = listed(reading.missing.map(titleOf), 'or', 5);
    return countOutlook(
      condition,
      happened.size,
      part.steps.length,
      (howMany, isOne) => `${howMany} more of ${left} ${isOne ? 'happens' : 'happen'}${by}`,
    );
  }
  const events = stepWords(
    part,
    part.steps.map((_, step) => step),
    'or',
  );
  return countOutlook(condition, reading.observed, Number.POSITIVE_INFINITY, (howMany, isOne) => {
    const verb = isOne ? 'comes' : 'come';
    if (part.type !== 'value_count') return `${howMany} more ${isOne ? 'event' : 'events'} of ${events}${by} ${verb}`;
    const fields = part.steps[0]?.value.map((field) => field.path).join(', ') ?? '';
    const values = isOne ? 'different value' : 'different values';
    return `${howMany} more ${values} of ${fields} in events of ${events}${by} ${verb}`;
  });
}

/** `so far 2 events were counted`. */
function soFar({ part, reading }: Missed): string {
  const { observed, entries } = reading;
  if (isMetric(part)) {
    const events = entries.length === 1 ? '1 event' : `${entries.length} events`;
    return `so far it comes to ${Number(observed.toPrecision(12))} over ${events}`;
  }
  if (part.type.startsWith('temporal')) {
    const happened = [...new Set(entries.map(({ step }) => step))].sort((a, b) => a - b);
    return `so far ${stepWords(part, happened, 'and')} happened`;
  }
  const isOne = observed === 1;
  if (part.type === 'value_count') {
    const fields = part.steps[0]?.value.map((field) => field.path).join(', ') ?? '';
    return `so far ${observed} different ${isOne ? 'value' : 'values'} of ${fields} came`;
  }
  return `so far ${observed} ${isOne ? 'event was' : 'events were'} counted`;
}
