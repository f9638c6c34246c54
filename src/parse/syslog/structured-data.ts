import type { FieldValue } from '../../model/index.ts';

/** Where the structured data that was read last ends. */
export let structuredDataEnd = 0;

/**
 * RFC 5424 section 6.3: `[id name="value" …][id2 …]`. Values by SD-ID, escapes resolved; null where it is malformed
 * beyond repair. Blanks around `=` are tolerated: senders write them.
 */
export function readStructuredData(text: string, from: number): Record<string, FieldValue> | null {
  const result: Record<string, FieldValue> = {};
  let at = from;
  while (text.charCodeAt(at) === 91) {
    at += 1;
    const idFrom = at;
    while (at < text.length && text.charCodeAt(at) > 32 && text.charCodeAt(at) !== 93) at += 1;
    const id = text.slice(idFrom, at);
    if (id === '') return null;
    const values: Record<string, FieldValue> = {};
    for (;;) {
      while (text.charCodeAt(at) === 32) at += 1;
      const code = text.charCodeAt(at);
      if (code === 93) break;
      if (Number.isNaN(code)) return null;
      const nameFrom = at;
      while (at < text.length && text.charCodeAt(at) > 32 && text.charCodeAt(at) !== 61 && text.charCodeAt(at) !== 93)
        at += 1;
      const name = text.slice(nameFrom, at);
      while (text.charCodeAt(at) === 32) at += 1;
      if (text.charCodeAt(at) !== 61 || name === '') return null;
      at += 1;
      while (text.charCodeAt(at) === 32) at += 1;
      if (text.charCodeAt(at) !== 34) return null;
      at += 1;
      const valueFrom = at;
      let escaped = false;
      while (at < text.length && text.charCodeAt(at) !== 34) {
        if (text.charCodeAt(at) === 92) {
          escaped = true;
          at += 1;
        }
        at += 1;
      }
      if (at >= text.length) return null;
      const value = text.slice(valueFrom, at);
      define(values, name, escaped ? value.replace(/\\(["\\\]])/g, '$1') : value);
      at += 1;
    }
    define(result, id, values);
    at += 1;
  }
  structuredDataEnd = at;
  return result;
}

/** `__proto__` is a legal name here and must stay an ordinary key. */
function define(target: Record<string, FieldValue>, key: string, value: FieldValue): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
