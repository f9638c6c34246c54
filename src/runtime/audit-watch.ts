import type { AuditVerdict } from '../store/contract.ts';
import type { DeskOptions } from './desk.ts';

const lookEveryMs = 5000;
const verifyEveryMs = 24 * 3_600_000;

/** Says in the log what was repaired in the audit trail, and verifies the whole of it at the start and once a day. */
export function startAuditWatch({ state, log }: Pick<DeskOptions, 'state' | 'log'>): { stop(): Promise<void> } {
  const look = (): void => {
    for (const sentence of state.audit.takeNotices()) log('warn', sentence);
  };
  const verify = (): void => {
    state.audit.verify().then(
      (verdict) => verdict.problem !== null && log('error', brokenSentence(verdict.problem)),
      (error: Error) => log('warn', `The audit trail could not be verified: ${error.message}`),
    );
  };
  look();
  verify();
  const timers = [setInterval(look, lookEveryMs), setInterval(verify, verifyEveryMs)];
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      look();
      await state.audit.synced();
    },
  };
}

const brokenSentence = ({ file, line, message }: NonNullable<AuditVerdict['problem']>): string =>
  `[SECURITY] The audit trail is not whole: ${file}:${line}: ${message} See phosor audit verify.`;
