import type { HttpRequest, Oddity } from './reader.ts';

/** What a lure or the plain site answers, before a web server has put its mark on it. */
export interface Reply {
  status: number;
  /** Without those that the server writes by itself. */
  headers?: readonly (readonly [string, string])[];
  body?: string;
  /** Default `text/html`. */
  type?: string;
  /** A file of the disk: has a time and an entity tag. Epoch ms. */
  modifiedAt?: number;
  /** Made by a program behind the server (PHP): no length before it is done, no page of the server's own. */
  isDynamic?: boolean;
}

/** A web server as clients tell it by its answers. */
export interface ServerStyle {
  readonly name: 'nginx' | 'apache';
  /** The `Server` header. */
  readonly server: string;
  /** How long it waits for the next request. */
  readonly idleMs: number;
  /** The answer to a request that it refuses before it looks for a page. Null: it goes on. */
  refuse(request: HttpRequest): Reply | null;
  /** An error page of its own. */
  error(status: number, request: HttpRequest, headers?: Reply['headers']): Reply;
  /** The bytes of an answer, as byte string. @param served requests on this connection, this one included */
  write(request: HttpRequest, reply: Reply, closes: boolean, now: number, served: number): string;
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

const httpDate = (at: number): string => new Date(at).toUTCString();

const head = (status: number, reason: string, headers: readonly (readonly [string, string])[]): string =>
  `HTTP/1.1 ${status} ${reason}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

const has = (request: HttpRequest, ...oddities: Oddity[]): boolean =>
  request.oddities.some((oddity) => oddities.includes(oddity));

/** nginx on Debian 12. @param version `1.22.1` */
export function nginxStyle(version: string): ServerStyle {
  const server = `nginx/${version}`;
  const names: Readonly<Record<number, string>> = {
    ...reasons,
    302: 'Moved Temporarily',
    405: 'Not Allowed',
    414: 'Request-URI Too Large',
    503: 'Service Temporarily Unavailable',
  };
  const page = (status: number, title = `${status} ${names[status]}`, more = ''): string =>
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${names[status]}</h1></center>\r\n${more}<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`;
  const error: ServerStyle['error'] = (status, request, headers = []) => {
    if (has(request, 'long-header')) {
      const text = 'Request Header Or Cookie Too Large';
      return { status, body: page(status, `400 ${text}`, `<center>${text}</center>\r\n`) };
    }
    return { status, headers, body: page(status) };
  };
  return {
    name: 'nginx',
    server,
    idleMs: 75_000,
    refuse(request) {
      if (has(request, 'long-request-line')) return error(414, request);
      if (/^[A-Z_-]+$/.test(request.method) && Number(request.version) >= 2 && request.method !== 'PRI')
        return error(505, request);
      if (request.method === 'TRACE') return error(405, request);
      if (has(request, 'odd-transfer-encoding')) return error(501, request);
      const isBad =
        !/^[A-Z_-]+$/.test(request.method) ||
        request.method === 'CONNECT' ||
        request.target === '*' ||
        has(
          request,
          'bad-request-line',
          'space-before-colon',
          'folded-header',
          'content-length-and-transfer-encoding',
          'two-content-lengths',
          'bad-content-length',
          'no-host',
          'two-hosts',
          'bad-host',
          'control-character',
          'bad-escape',
          'above-root',
          'long-header',
        ) ||
        Number(request.version) >= 2;
      return isBad ? error(400, request) : null;
    },
    error,
    write(request, reply, closes, now) {
      const { status, headers = [], body = '', type = 'text/html', modifiedAt, isDynamic = false } = reply;
      if (request.version === '0.9') return body;
      const isFile = modifiedAt !== undefined;
      const isChunked = isDynamic && Number(request.version) >= 1.1 && status !== 304 && status !== 204;
      const length: [string, string][] = isChunked
        ? [['Transfer-Encoding', 'chunked']]
        : isDynamic
          ? []
          : [['Content-Length', String(body.length)]];
      const lines: (readonly [string, string])[] = [
        ['Server', server],
        ['Date', httpDate(now)],
        ['Content-Type', type],
        ...length,
        ...(isFile ? [['Last-Modified', httpDate(modifiedAt)] as const] : []),
        ...headers.filter(([name]) => name === 'Location'),
        ['Connection', closes ? 'close' : 'keep-alive'],
        ...headers.filter(([name]) => name !== 'Location'),
        ...(isFile
          ? [
              ['ETag', `"${Math.floor(modifiedAt / 1000).toString(16)}-${body.length.toString(16)}"`] as const,
              ['Accept-Ranges', 'bytes'] as const,
            ]
          : []),
      ];
      const start = head(status, names[status] ?? '', lines);
      if (request.method === 'HEAD') return start;
      return start + (isChunked ? chunked(body) : body);
    },
  };
}

/** Apache on Debian 12. @param version `2.4.62` */
export function apacheStyle(version: string): ServerStyle {
  const server = `Apache/${version} (Debian)`;
  const error: ServerStyle['error'] = (status, request, headers = []) => {
    const reason = reasons[status] ?? 'Error';
    // What is refused while the head is read has no host yet.
    const isBlind = status === 400 ? !has(request, 'bad-escape', 'above-root') : has(request, 'long-request-line');
    const [, host = 'localhost', port = '80'] =
      /^(.*?)(?::(\d+))?$/.exec((isBlind ? undefined : hostOf(request)) ?? 'localhost') ?? [];
    const text: Readonly<Record<number, string>> = {
      400: `Your browser sent a request that this server could not understand.<br />\n${has(request, 'long-header') ? 'Size of a request header field exceeds server limit.' : ''}`,
      401: 'This server could not verify that you\nare authorized to access the document\nrequested.  Either you supplied the wrong\ncredentials (e.g., bad password), or your\nbrowser doesn&#39;t understand how to supply\nthe credentials required.',
      403: "You don't have permission to access this resource.",
      404: 'The requested URL was not found on this server.',
      405: `The requested method ${escaped(request.method)} is not allowed for this URL.`,
      414: "The requested URL's length exceeds the capacity\nlimit for this server.<br />\n",
      501: `${escaped(request.method)} not supported for current URL.<br />\n`,
    };
    const location = headers.find(([name]) => name === 'Location')?.[1] ?? '';
    const sentence =
      text[status] ?? (location === '' ? reason : `The document has moved <a href="${escaped(location)}">here</a>.`);
    const body = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n<html><head>\n<title>${status} ${reason}</title>\n</head><body>\n<h1>${reason}</h1>\n<p>${sentence}</p>\n<hr>\n<address>${server} Server at ${escaped(host)} Port ${port}</address>\n</body></html>\n`;
    const allow =
      status === 405 || status === 501
        ? [['Allow', request.method === 'TRACE' ? '' : 'GET,POST,OPTIONS,HEAD'] as const]
        : [];
    return { status, headers: [...allow, ...headers], body, type: 'text/html; charset=iso-8859-1' };
  };
  return {
    name: 'apache',
    server,
    idleMs: 5000,
    refuse(request) {
      if (has(request, 'long-request-line')) return error(414, request);
      if (
        has(
          request,
          'bad-request-line',
          'bare-line-feed',
          'space-before-colon',
          'header-without-colon',
          'two-content-lengths',
          'bad-content-length',
          'odd-transfer-encoding',
          'bad-chunk',
          'no-host',
          'two-hosts',
          'bad-host',
          'bad-escape',
          'above-root',
          'long-header',
        ) ||
        request.method === 'PRI'
      )
        return error(400, request);
      if (!known.has(request.method)) return error(501, request);
      if (request.method === 'OPTIONS')
        return request.target === '*'
          ? { status: 200, type: '' }
          : { status: 200, headers: [['Allow', 'GET,POST,OPTIONS,HEAD']] };
      if (!/^(?:GET|HEAD|POST)$/.test(request.method)) return error(405, request);
      return null;
    },
    error,
    write(request, reply, closes, now, served) {
      const { status, headers = [], body = '', type = 'text/html', modifiedAt, isDynamic = false } = reply;
      if (request.version === '0.9') return body;
      const isHead = request.method === 'HEAD';
      const asked = /keep-alive/i.test(request.headers.find(([name]) => /^connection$/i.test(name))?.[1] ?? '');
      const hasLength = !(isHead && (status >= 400 || isDynamic));
      const staying: [string, string][] = asked
        ? [
            ['Keep-Alive', `timeout=5, max=${Math.max(101 - served, 1)}`],
            ['Connection', 'Keep-Alive'],
          ]
        : [];
      const lines: (readonly [string, string])[] = [
        ['Date', httpDate(now)],
        ['Server', server],
        ...(modifiedAt === undefined
          ? []
          : ([
              ['Last-Modified', httpDate(modifiedAt)],
              ['ETag', `"${body.length.toString(16)}-${(modifiedAt * 1000).toString(16)}"`],
              ['Accept-Ranges', 'bytes'],
            ] as const)),
        ...headers,
        ...(hasLength ? [['Content-Length', String(body.length)] as const] : []),
        ...(closes ? [['Connection', 'close'] as const] : staying),
        ...(type === '' ? [] : [['Content-Type', type] as const]),
      ];
      return head(status, reasons[status] ?? '', lines) + (isHead ? '' : body);
    },
  };
}

const known = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK VERSION-CONTROL REPORT CHECKOUT CHECKIN UNCHECKOUT MKWORKSPACE UPDATE LABEL MERGE BASELINE-CONTROL MKACTIVITY ORDERPATCH ACL SEARCH'.split(
    ' ',
  ),
);

const chunked = (body: string): string => `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`;

/** The host that the request names, in its target or its header. */
export const hostOf = (request: HttpRequest): string | undefined =>
  /^[a-z]+:\/\/([^/?#]+)/i.exec(request.target)?.[1] ??
  (request.method === 'CONNECT'
    ? request.target
    : request.headers.find(([name]) => name.toLowerCase() === 'host')?.[1]);

/** For HTML. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[each] ?? each);
