/**
 * Whether a client would rather have a page than JSON. Browsers name text/html in Accept; programs send `*` + `/*`, nothing, or
 * application/json.
 */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  let html = 0;
  let json = 0;
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1);
    if (type === 'text/html' || type === 'application/xhtml+xml') html = Math.max(html, quality);
    if (type === 'application/json') json = Math.max(json, quality);
  }
  return html > 0 && html >= json;
}
