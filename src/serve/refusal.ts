import { apiError } from './errors.ts';

type RefusalCode =
  | 'CHANNEL_REFUSED'
  | 'DECISION_REFUSED'
  | 'HONEYTOKEN_REFUSED'
  | 'INTEL_REFUSED'
  | 'PLAYBOOK_REFUSED'
  | 'SETTING_REFUSED'
  | 'SOURCE_REFUSED';

/**
 * Runs what may refuse with a sentence for people, and answers the refusal as 422. What fails for another reason (errors of the
 * system have a `code`, bugs are TypeErrors and the like) goes on as it is and is answered as 500 without its text.
 */
export function refusal<T>(code: RefusalCode, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refused(code, error);
  }
}

export async function asyncRefusal<T>(code: RefusalCode, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refused(code, error);
  }
}

const bugs = [TypeError, RangeError, ReferenceError, SyntaxError];

function refused(code: RefusalCode, error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error || bugs.some((bug) => error instanceof bug)) return error;
  return apiError(code, error.message);
}
