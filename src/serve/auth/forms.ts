import type { App } from '../unit.ts';

/** Lets the routes of this scope take HTML forms: url-encoded, or multipart with text fields (what `new FormData()` sends). */
export function acceptForms(app: App): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  app.addContentTypeParser('multipart/form-data', { parseAs: 'string' }, (request, body, done) => {
    done(null, textFields(String(body), request.headers['content-type'] ?? ''));
  });
}

/** The text fields of a multipart body (RFC 7578), files left out. */
function textFields(body: string, contentType: string): Record<string, string> {
  const boundary = /boundary="?([^";]{1,70})"?/i.exec(contentType)?.[1];
  const fields: Record<string, string> = {};
  if (boundary === undefined) return fields;
  for (const part of body.split(`--${boundary}`)) {
    const end = part.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const head = part.slice(0, end);
    const name = /\bname="([^"]{1,100})"/i.exec(head)?.[1];
    if (name === undefined || /\bfilename=/i.test(head)) continue;
    fields[name] = part.slice(end + 4).replace(/\r\n$/, '');
  }
  return fields;
}
