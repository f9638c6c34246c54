import { LimitSignal } from './signals.ts';

/** Does some work and throws where it takes too long. */
export type TimeLimit = <T>(work: () => T) => T;

let inTime: TimeLimit = (work) => work();

/** The decoys' process hands in how a match is ended that would take for ever; the shell itself knows no clock. */
export const limitMatching = (how: TimeLimit): void => {
  inTime = how;
};

class LimitedRegExp extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    try {
      return inTime(() => super.exec(text));
    } catch {
      throw new LimitSignal('runMs');
    }
  }
}

/** What keeps a pattern from V8's engine that needs linear time (host/isolation.ts switches that on). */
const isBeyondLinear = (source: string, flags: string): boolean =>
  flags.includes('i') || /\\[1-9k]|\(\?<?[=!]|\{\d/.test(source);
/** With one quantifier at most, and none behind a group, nothing takes long. */
const isHarmless = (source: string): boolean => (source.match(/[*+?{]/g)?.length ?? 0) < 2 && !/\)[*+?{]/.test(source);

/** A pattern that a visitor wrote. Most run in linear time; the rest is ended after a while. Throws where it is none. */
export const visitorsRegex = (source: string, flags = ''): RegExp =>
  isBeyondLinear(source, flags) && !isHarmless(source) ? new LimitedRegExp(source, flags) : new RegExp(source, flags);
