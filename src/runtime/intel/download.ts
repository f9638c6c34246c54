import { type LookupAddress, lookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createGunzip } from 'node:zlib';
import { isExternalText } from '../../enrich/address.ts';
import { version } from '../../package.ts';

export interface DownloadOptions {
  headers?: Record<string, string>;
  /** Of the content as it is after unpacking. */
  maxBytes: number;
  timeoutMs: number;
  /** Servers with private, loopback or other internal addresses may be asked. */
  allowPrivate: boolean;
  /** Which addresses are not internal. Tests hand in their own, because all their servers are on this machine. */
  isExternal?: (address: string) => boolean;
  signal?: AbortSignal;
  /** What the copy at hand was said to be: an answer of 304 means that it is still good. */
  conditional?: { etag?: string | null; lastModified?: string | null };
}

export interface Downloaded {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

const mostRedirects = 5;

/**
 * Fetches over HTTP(S), checked at every redirect: no other scheme, and unless allowed no server with an internal
 * address. The check is made on the address that is connected to, so that a name cannot be changed in between.
 * Rejects with a sentence; an answer of any status but a redirect resolves.
 */
export async function download(url: string, options: DownloadOptions): Promise<Downloaded> {
  const signal = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), ...(options.signal ? [options.signal] : [])]);
  let target = new URL(url);
  for (let step = 0; step <= mostRedirects; step += 1) {
    const answer = await once(target, options, signal);
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    const next = new URL(location, target);
    // What is secret must not follow to another server.
    if (next.origin !== target.origin && options.headers !== undefined)
      throw new Error(`${target.host} sends on to ${next.host}, which was not asked for.`);
    if (target.protocol === 'https:' && next.protocol !== 'https:')
      throw new Error(`${target.host} sends on to an address without TLS.`);
    target = next;
  }
  throw new Error(`${target.host} sends on more than ${mostRedirects} times.`);
}

/** Why a URL may not be fetched, in a sentence; null: its name at least is fine. */
export function refusedUrl(url: URL, allowPrivate: boolean, isExternal = isExternalText): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only http and https addresses are fetched.';
  if (url.username !== '' || url.password !== '')
    return 'A password in an address would be stored as it is. Leave it out.';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && (isIP(host) !== 0 ? !isExternal(host) : /(?:^|\.)localhost\.?$/i.test(host)))
    return `${host} is an internal address. Lists are fetched from the Internet only, unless intel.allowPrivateLists is on.`;
  return null;
}

function once(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<Downloaded> {
  const refusal = refusedUrl(url, options.allowPrivate, options.isExternal);
  if (refusal !== null) return Promise.reject(new Error(refusal));
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      const late = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
      reject(late ? new Error(`${url.host} did not answer within ${options.timeoutMs / 1000} s.`) : plain(error, url));
    };
    const sent = request(
      url,
      {
        signal,
        agent: false,
        ...(!options.allowPrivate && { lookup: externalOnly(options.isExternal ?? isExternalText) }),
        headers: {
          'user-agent': `phosor/${version}`,
          'accept-encoding': 'gzip',
          ...conditionsOf(options.conditional),
          ...options.headers,
        },
      },
      (answer) => void collect(answer, url, options.maxBytes).then(resolve, fail),
    );
    sent.on('error', fail);
    sent.end();
  });
}

const conditionsOf = ({
  etag,
  lastModified,
}: DownloadOptions['conditional'] & object = {}): Record<string, string> => ({
  ...(etag && { 'if-none-match': etag }),
  ...(lastModified && { 'if-modified-since': lastModified }),
});

function collect(answer: IncomingMessage, url: URL, maxBytes: number): Promise<Downloaded> {
  return new Promise((resolve, reject) => {
    const isPacked = answer.headers['content-encoding'] === 'gzip';
    const stream = isPacked ? answer.pipe(createGunzip()) : answer;
    const parts: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= maxBytes) parts.push(part);
      else {
        reject(new Error(`${url.host} sends more than ${maxBytes} bytes.`));
        answer.destroy();
        stream.destroy();
      }
    });
    answer.on('error', reject);
    answer.on('aborted', () => reject(new Error(`${url.host} broke off.`)));
    stream.on('error', reject);
    stream.on('end', () => {
      if (bytes <= maxBytes)
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) });
    });
  });
}

/** Resolves a name as usual, and refuses it where any of its addresses is internal. */
const externalOnly =
  (isExternal: (address: string) => boolean): LookupFunction =>
  (name, options, done) => {
    lookup(name, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return done(error, '');
      const internal = addresses.find(({ address }) => !isExternal(address));
      const [first] = addresses;
      if (internal !== undefined || first === undefined)
        return done(new Error(`${name} has the internal address ${internal?.address ?? '(none)'}`), '');
      if (options.all === true) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };

/** What went wrong, in words. */
function plain(error: Error & { code?: string }, url: URL): Error {
  const said: Record<string, string> = {
    ENOTFOUND: `There is no server ${url.hostname}.`,
    EAI_AGAIN: `The name ${url.hostname} cannot be looked up right now.`,
    ECONNREFUSED: `${url.host} takes no connections.`,
    ECONNRESET: `${url.host} broke off.`,
    ABORT_ERR: 'It was stopped.',
  };
  const sentence = said[error.code ?? ''];
  return sentence === undefined ? error : new Error(sentence, { cause: error });
}
