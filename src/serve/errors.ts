/**
 * Every error the API can answer with. The code is a promise to clients and is never reused; the sentence says what was
 * found and what to do next. Nothing from the inside (paths, stacks, messages of libraries) is ever put into one.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  /** Seconds for Retry-After. */
  readonly retryAfter: number | null;
  /** Further keys of the answer's body. */
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(status: number, code: ErrorCode, detail: string, retryAfter: number | null, extra: object = {}) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.extra = { ...extra };
  }
}

interface Definition<Values extends unknown[]> {
  status: number;
  sentence: (...values: Values) => string;
}

const define = <Values extends unknown[]>(
  status: number,
  sentence: (...values: Values) => string,
): Definition<Values> => ({ status, sentence });

/** The catalogue: code → status and sentence. */
export const errorCatalogue = {
  CREDENTIAL_MISSING: define(
    401,
    () => 'This needs a credential. Log in at POST /api/auth/token, or send an API key as X-API-Key.',
  ),
  CREDENTIAL_INVALID: define(
    401,
    () => 'The credential is unknown, has ended or was revoked. Log in again, or use another API key.',
  ),
  LOGIN_FAILED: define(401, () => 'The user name or the password is wrong. Check both and try again.'),
  KEY_REFUSED: define(403, () => 'The API key is unknown, has ended or was revoked. Use another one.'),
  TOO_DEEP: define(
    422,
    (most: number) =>
      `In this order only the first ${most} logs can be paged through. Narrow the filter, or sort by timestamp.`,
  ),
  LOG_SOURCE_UNKNOWN: define(
    400,
    (name: string, known: string) => `There is no log source "${name}". Use one of ${known}.`,
  ),
  ROLE_TOO_SMALL: define(
    403,
    (needed: string) =>
      `This needs the ${needed} role or scope, which your credential does not have. Ask an administrator for it.`,
  ),
  LOCAL_ONLY: define(
    403,
    (command: string) => `This works only on the machine itself, over the socket in the data folder. Run: ${command}`,
  ),
  CROSS_SITE: define(
    403,
    () => 'A change with a session cookie must come from this page itself. Use a bearer token or an API key instead.',
  ),
  HONEYTOKEN_REFUSED: define(422, (sentence: string) => sentence),
  NOT_FOUND: define(404, (what: string, id: string) => `There is no ${what} "${id}". List them to see what there is.`),
  ROUTE_UNKNOWN: define(
    404,
    (method: string, path: string) => `There is no ${method} ${path}. See /docs for everything that this API answers.`,
  ),
  WEBSOCKET_ONLY: define(426, () => 'This address speaks WebSocket. Connect with ws:// or wss:// instead.'),
  VALIDATION_FAILED: define(422, (problem: string) => problem),
  BODY_INVALID: define(400, (problem: string) => problem),
  BODY_TOO_LARGE: define(
    413,
    (bytes: number) => `The body is larger than the ${bytes} bytes accepted here. Send it in parts.`,
  ),
  MEDIA_TYPE_UNKNOWN: define(
    415,
    (type: string) => `A body of type "${type}" is not read here. Send JSON with Content-Type: application/json.`,
  ),
  ENCODING_UNKNOWN: define(
    415,
    (encoding: string) =>
      `Bodies are not unpacked here (Content-Encoding: ${encoding}). Send it as it is, in parts where it is large.`,
  ),
  QUERY_INVALID: define(422, (problem: string) => problem),
  SEARCH_BUSY: define(
    429,
    (running: number) =>
      `${running} searches are running already. Wait until one has ended, or cancel it, and try again.`,
  ),
  RULE_INVALID: define(422, (problem: string) => problem),
  RULE_EXISTS: define(409, (id: string) => `There is a rule "${id}" already. Change it with PUT, or leave the id out.`),
  SOURCE_REFUSED: define(422, (problem: string) => problem),
  DECISION_REFUSED: define(422, (problem: string) => problem),
  DECISION_ENDED: define(
    409,
    (target: string, state: string) => `The decision about ${target} has ended already (${state}).`,
  ),
  PLAYBOOK_REFUSED: define(422, (problem: string) => problem),
  RUN_NOT_WAITING: define(
    409,
    (state: string) => `No step of this run waits for anybody (it is ${state}). Load it again to see where it stands.`,
  ),
  PLAYBOOK_CHANGED: define(
    409,
    (id: string) =>
      `Somebody changed or removed "${id}" since you read it. Nothing was saved. Load it again, and repeat your change if it still makes sense.`,
  ),
  RUN_OVER: define(409, (state: string) => `There is nothing left of this run to end or to lift (it is ${state}).`),
  KEY_IN_QUERY: define(
    400,
    (name: string) =>
      `Keys do not belong into an address, where logs keep them ("${name}"). Send the header X-API-Key, or make a list with a token of its own.`,
  ),
  LIST_UNKNOWN: define(404, () => 'No list has this token. It may have been removed: make another one.'),
  INTEL_REFUSED: define(422, (problem: string) => problem),
  REPUTATION_UNAVAILABLE: define(503, (reason: string) => reason),
  SETTING_REFUSED: define(422, (problem: string) => problem),
  CHANNEL_REFUSED: define(422, (problem: string) => problem),
  USER_EXISTS: define(409, (name: string) => `There is a user "${name}" already. Choose another name.`),
  KEY_ENDED: define(409, (name: string) => `The key "${name}" was revoked or has ended. Create a new one.`),
  LAST_ADMIN: define(409, () => 'This is the last active administrator. Make somebody else an administrator first.'),
  PASSWORD_TOO_WEAK: define(422, (least: number) => `The password is too short. Use at least ${least} characters.`),
  SETUP_ENDED: define(
    410,
    () => 'This set-up link is wrong, was used or has ended. Restart Phosor to get a new one, or log in.',
  ),
  USER_DISABLED: define(
    409,
    (name: string) => `${name} may not log in, so a new password would be of no use. Let the account log in first.`,
  ),
  RESET_ENDED: define(
    410,
    () => 'This link is wrong, was used, was replaced by a newer one or has ended. Ask an administrator for another.',
  ),
  RATE_LIMITED: define(429, (what: string, seconds: number) => `Too many ${what}. Wait ${seconds} s and try again.`),
  INCIDENT_CHANGED: define(409, (into: string | null) =>
    into === null
      ? 'Somebody changed this incident since you read it. Load it again, and repeat your change if it still makes sense.'
      : `This incident was merged into "${into}". Make your change there.`,
  ),
  NOTE_OF_SOMEBODY: define(
    403,
    (author: string) => `This note is ${author}'s, and only its author changes it. Write one of your own.`,
  ),
  BACKTEST_BUSY: define(
    429,
    (running: number) =>
      `${running} backtests are running already. Wait until one has ended, or cancel it, and try again.`,
  ),
  PERIOD_INVALID: define(400, (problem: string) => problem),
  REPORT_BUSY: define(429, () => 'Several reports are being made already. Wait until one is done, and try again.'),
  REPORT_FOREIGN: define(
    422,
    (id: string) => `The saved report "${id}" is none that Phosor made, so it can only be exported as JSON.`,
  ),
  SCHEDULES_FULL: define(409, (most: number) => `There are ${most} schedules already. Delete one first.`),
  REPORTS_FULL: define(409, (most: number) => `${most} reports are saved already. Delete some, and save it again.`),
  REPLAY_BUSY: define(429, () => 'A replay is running already. Wait until it has ended, or cancel it, and try again.'),
  SEARCH_EXISTS: define(
    409,
    (name: string) => `You have a search "${name}" already. Change that one, or choose another name.`,
  ),
  SEARCH_NOT_YOURS: define(
    403,
    (owner: string) => `This search belongs to ${owner}. Save a copy under your name, or ask an administrator.`,
  ),
  SEARCH_LIMIT: define(409, (most: number) => `You have ${most} saved searches, which is the most. Delete one first.`),
  THREATS_BUSY: define(
    429,
    () => 'Eight questions about threats from this address wait already. Wait for their answers, or cancel them.',
  ),
  THREATS_OVERLOADED: define(
    503,
    () => 'As many questions about threats wait already as may. Try again in a few seconds.',
  ),
  THREATS_REFUSED: define(422, (problem: string) => problem),
  /** Told in the answer's last line: it has begun. */
  BACKTEST_REFUSED: define(422, (problem: string) => problem),
  STORAGE_FULL: define(
    503,
    () =>
      'Nothing more can be stored right now, so nothing was taken. Send it again later; free disk space if this lasts.',
  ),
  BACKUP_NEEDS_SPACE: define(
    503,
    () =>
      'The disk of the data folder is full: a backup of a running Phosor first copies its state (state.sqlite) there. Free as much as that file takes.',
  ),
  INTERNAL: define(
    500,
    (reference: string) => `Phosor failed to answer this. Its log says why under the reference ${reference}.`,
  ),
} as const;

export type ErrorCode = keyof typeof errorCatalogue;
type ValuesOf<Code extends ErrorCode> = Parameters<(typeof errorCatalogue)[Code]['sentence']>;

/** An error of the catalogue, to be thrown by a handler. */
export function apiError<Code extends ErrorCode>(code: Code, ...values: ValuesOf<Code>): ApiError {
  const { status, sentence } = errorCatalogue[code] as Definition<unknown[]>;
  return new ApiError(status, code, sentence(...values), null);
}

/** 429, with Retry-After in whole seconds (at least 1). */
export function rateLimited(what: string, seconds: number): ApiError {
  const wait = Math.max(1, Math.ceil(seconds));
  return new ApiError(429, 'RATE_LIMITED', errorCatalogue.RATE_LIMITED.sentence(what, wait), wait);
}

/** 429 while as many backtests run as may. */
export function backtestBusy(running: number): ApiError {
  return new ApiError(429, 'BACKTEST_BUSY', errorCatalogue.BACKTEST_BUSY.sentence(running), 10);
}

/** 429 while as many reports or documents are being made as may. */
export function reportBusy(): ApiError {
  return new ApiError(429, 'REPORT_BUSY', errorCatalogue.REPORT_BUSY.sentence(), 10);
}

/** 429 while as many replays run as may. */
export function replayBusy(): ApiError {
  return new ApiError(429, 'REPLAY_BUSY', errorCatalogue.REPLAY_BUSY.sentence(), 10);
}

/** 429 while as many questions about threats wait as a caller may have (`own`), 503 while as many wait as may in all. */
export function threatsBusy(own: boolean): ApiError {
  const code = own ? 'THREATS_BUSY' : 'THREATS_OVERLOADED';
  const { status, sentence } = errorCatalogue[code];
  return new ApiError(status, code, sentence(), 5);
}

/** 429 while as many searches run as may. */
export function searchBusy(running: number): ApiError {
  return new ApiError(429, 'SEARCH_BUSY', errorCatalogue.SEARCH_BUSY.sentence(running), 2);
}

/** 422 with the places in the query beside the sentence. */
export function queryInvalid(errors: readonly { at: { from: number; to: number }; message: string }[]): ApiError {
  return new ApiError(422, 'QUERY_INVALID', errors[0]?.message ?? 'The query cannot be read.', null, { errors });
}

/** 503, with Retry-After in whole seconds. */
export function storageFull(seconds: number): ApiError {
  return new ApiError(503, 'STORAGE_FULL', errorCatalogue.STORAGE_FULL.sentence(), Math.max(1, Math.ceil(seconds)));
}

/** 422 with the compiler's problems beside the sentence. */
export function ruleInvalid(problems: readonly { level: string; message: string }[]): ApiError {
  const first = problems.find((problem) => problem.level === 'error');
  const detail = first?.message ?? 'The rule cannot be compiled.';
  return new ApiError(422, 'RULE_INVALID', detail, null, { problems });
}
