import type { HttpAnswer, NotifierTools } from '../contract.ts';

/** Posts JSON. */
export const postJson = (
  tools: NotifierTools,
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> =>
  tools.http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
