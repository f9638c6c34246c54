import { formPairs, multipartOf } from './form.ts';
import { type HttpRequest, headerOf } from './reader.ts';

export interface Credentials {
  user: string;
  password: string;
  method: 'basic' | 'form' | 'json';
}

const userNames =
  /^(?:user|username|user_?name|login|log|email|e-?mail|uname|usr|account|j_username|pma_username|userid|name|admin|loginuser|strUser)$/i;
const passwordNames =
  /^(?:pass\d?(?:-text)?|(?:new|old|http_|sys)?password\d?|(?:http_|sys)?passwd|pwd|pw|j_password|pma_password|loginpass|secret|userpass|strpassword|psw)$/i;

/** The text of a byte string that is UTF-8. */
const text = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** What somebody tried to log in with. */
export function credentialsOf(request: HttpRequest): Credentials[] {
  const found: Credentials[] = [];
  const basic = /^basic\s+([A-Za-z0-9+/=_-]{1,2000})/i.exec(headerOf(request.headers, 'authorization') ?? '');
  if (basic !== null) {
    const pair = Buffer.from(basic[1] ?? '', 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon >= 0) found.push({ user: pair.slice(0, colon), password: pair.slice(colon + 1), method: 'basic' });
  }
  const pairs = bodyPairs(request);
  if (pairs === null) return found;
  const password = pairs.list.find(([name]) => passwordNames.test(name))?.[1];
  const user = pairs.list.find(([name]) => userNames.test(name))?.[1];
  if (password !== undefined) found.push({ user: user ?? '', password, method: pairs.method });
  return found;
}

function bodyPairs({
  headers,
  body,
  target,
}: HttpRequest): { list: [string, string][]; method: 'form' | 'json' } | null {
  const type = headerOf(headers, 'content-type') ?? '';
  if (/json/i.test(type) || /^\s*\{/.test(body.slice(0, 20))) {
    try {
      const value: unknown = JSON.parse(text(body));
      if (typeof value !== 'object' || value === null) return null;
      const list = Object.entries(value).flatMap(([name, each]): [string, string][] =>
        typeof each === 'string' || typeof each === 'number' ? [[name, String(each)]] : [],
      );
      return { list, method: 'json' };
    } catch {
      return null;
    }
  }
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  return { list: [...formPairs(body), ...formPairs(query)], method: 'form' };
}

/** The body as it may be kept in a record that everybody reads: without passwords. */
export const withoutPasswords = (body: string): string =>
  text(body)
    .replace(/(^|[&?])([\w.[\]-]{1,40})=([^&]*)/g, (whole, start: string, name: string) =>
      passwordNames.test(name) ? `${start}${name}=***` : whole,
    )
    .replace(/"([\w-]{1,40})"\s*:\s*"(?:[^"\\]|\\.)*"/g, (whole, name: string) =>
      passwordNames.test(name) ? `"${name}":"***"` : whole,
    );

/** Files in a `multipart/form-data` body, and those of a PUT. Byte strings. */
export function filesIn(request: HttpRequest): { name: string; content: string }[] {
  const { method, target, whole } = request;
  if (method === 'PUT' && whole !== '') return [{ name: target.split('?', 1)[0] ?? '', content: whole }];
  return (multipartOf(request, whole) ?? []).flatMap(({ fileName, content }) =>
    fileName === null ? [] : [{ name: fileName, content }],
  );
}
