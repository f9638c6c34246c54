import type { PipelineTick } from '../messages.ts';
import type { Log } from '../serve/contract.ts';

/** Says in the log what was masked in whose lines, once a second and source. */
export function personalDataTeller(log: Log): (tick: Pick<PipelineTick, 'sources'>) => void {
  const before = new Map<string, number>();
  return ({ sources }) => {
    for (const { source, redacted, redactedKinds } of sources) {
      const more = redacted - (before.get(source) ?? 0);
      if (more <= 0) continue;
      before.set(source, redacted);
      const events = `${more} event${more === 1 ? '' : 's'}`;
      log('warn', `[SECURITY] PII detected in ${events} from ${source}: ${redactedKinds.join(', ')}`);
    }
  };
}
