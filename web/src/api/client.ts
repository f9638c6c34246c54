/** A refusal or failure, with a sentence that can be shown as it is. */
export class ApiError extends Error {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly code: string;
  /** The whole answer's body, for refusals that carry more than a sentence (a rule's problems). */
  readonly body: Record<string, unknown>;

  constructor(status: number, code: string, message: string, body: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  /** Sent as JSON, a file as it is. */
  body?: unknown;
  signal?: AbortSignal;
}

let unauthorized: () => void = () => {};

/** Called when a session has ended: an answer of 401 to anything but the login itself. */
export function onUnauthorized(handler: () => void): void {
  unauthorized = handler;
}

/** Path with a query string; empty and missing values are left out. */
export function withQuery(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** Calls the API of the same origin; the session travels in an httpOnly cookie that no script can read. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await requestWithHeaders<T>(path, options)).data;
}

export async function requestWithHeaders<T>(
  path: string,
  { method = 'GET', query = {}, body, signal }: RequestOptions = {},
): Promise<{ data: T; headers: Headers }> {
  const isFile = body instanceof Blob;
  const contentType = isFile ? body.type : 'application/json';
  let response: Response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  const data = bodyOf(await response.text());
  if (response.ok) return { data: data as T, headers: response.headers };
  throw refusalOf(response.status, path, data);
}

/** Posts, and gives the answer as it comes. A refusal is thrown as {@link request} throws it. */
export async function streamed(path: string, body: unknown, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { accept: 'application/x-ndjson, application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw refusalOf(response.status, path, bodyOf(await response.text()));
  if (!response.body) throw unreachable();
  return response.body;
}

const unreachable = () =>
  new ApiError(0, 'UNREACHABLE', 'Phosor does not answer. Is it still running? Retrying helps once it is back.');

/** Null where it is no JSON: a proxy's page, perhaps. The status says enough. */
function bodyOf(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function refusalOf(status: number, path: string, data: unknown): ApiError {
  if (status === 401 && !path.startsWith('/api/auth/')) unauthorized();
  const record = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const detail = typeof record.detail === 'string' ? record.detail : `The server answered ${status}.`;
  return new ApiError(status, typeof record.code === 'string' ? record.code : '', detail, record);
}

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
