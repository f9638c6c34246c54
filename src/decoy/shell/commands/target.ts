/** What a visitor asks for. */
export interface Target {
  url: string;
  scheme: string;
  host: string;
  port: number;
  path: string;
  isAddress: boolean;
}

const ports: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, tftp: 69 };

/** The parts of an address as a visitor types it; null where there is no host. */
export function targetOf(text: string): Target | null {
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:[^/@\s]*@)?(\[[0-9a-fA-F:.]+\]|[^/:?#\s]+)(?::(\d+))?([/?#]\S*)?$/.exec(
      text,
    );
  if (!match) return null;
  const scheme = (match[1] ?? 'http').toLowerCase();
  const host = match[2] as string;
  const path = match[4] ?? '/';
  const port = Number(match[3] ?? ports[scheme] ?? 80);
  return {
    scheme,
    host,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    isAddress: /^[\d.]+$|^\[/.test(host),
    url: `${scheme}://${host}${match[3] === undefined ? '' : `:${match[3]}`}${path.startsWith('/') ? path : `/${path}`}`,
  };
}

/** What `-w` writes about a transfer that did not come about. */
export const writtenOut = (format: string, { url, scheme }: Target): string =>
  format
    .replace(/%\{(\w+)\}/g, (_, name: string) => {
      if (name === 'http_code' || name === 'response_code') return '000';
      if (name === 'url' || name === 'url_effective') return url;
      if (name === 'scheme') return scheme.toUpperCase();
      return name.startsWith('time_') ? '0.000000' : name === 'remote_ip' || name === 'content_type' ? '' : '0';
    })
    .replace(/\\([nrt])/g, (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? '');
