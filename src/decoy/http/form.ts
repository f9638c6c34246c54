import { type HttpRequest, headerOf, unescaped } from './reader.ts';

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const mostPairs = 200;

/** `a=b&c=d`, in order; at most 200. */
export function formPairs(body: string): [string, string][] {
  const plain = (part: string): string => utf8(unescaped(part.replaceAll('+', ' ')));
  return body
    .split('&', mostPairs)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [plain(pair), ''] : [plain(pair.slice(0, equals)), plain(pair.slice(equals + 1))];
    });
}

export interface FormPart {
  name: string;
  /** Of a file. */
  fileName: string | null;
  /** Byte string. */
  content: string;
}

/** The parts of `multipart/form-data`; null: it is something else. @param body as it came, byte string */
export function multipartOf({ headers }: Pick<HttpRequest, 'headers'>, body: string): FormPart[] | null {
  const boundary = /multipart\/form-data;.*\bboundary="?([^";]{1,200})"?/i.exec(
    headerOf(headers, 'content-type') ?? '',
  )?.[1];
  if (boundary === undefined) return null;
  return body.split(`--${boundary}`, 50).flatMap((part) => {
    const end = part.indexOf('\r\n\r\n');
    const head = part.slice(0, Math.min(Math.max(end, 0), 4096));
    const name = /\bname="([^"]{0,200})"/i.exec(head)?.[1];
    const fileName = /\bfilename="([^"]{1,1024})"/i.exec(head)?.[1] ?? null;
    if (name === undefined && fileName === null) return [];
    return [
      {
        name: utf8(name ?? ''),
        fileName: fileName === null ? null : utf8(fileName),
        content: part.slice(end + 4).replace(/\r\n$/, ''),
      },
    ];
  });
}

/** The value that a form or the query gives to a name, first of all; undefined: none. */
export function readForm(request: HttpRequest): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const add = (name: string, value: string): void => {
    if (!values.has(name)) values.set(name, value);
  };
  const parts = multipartOf(request, request.body);
  if (parts !== null) {
    for (const part of parts) if (part.fileName === null) add(part.name, utf8(part.content));
  } else if (!/^\s*[<{[]/.test(request.body.slice(0, 20)))
    for (const [name, value] of formPairs(request.body)) add(name, value);
  const question = request.target.indexOf('?');
  if (question >= 0) for (const [name, value] of formPairs(request.target.slice(question + 1))) add(name, value);
  return values;
}
