import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { DeliveryError, type HttpAnswer, type HttpRequest } from '../contract.ts';
import { type AllowInternal, isInternal } from './address.ts';

/** More of an answer is not read. */
const mostAnswerBytes = 65_536;

export type Resolve = (host: string) => Promise<readonly string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * The address of a host that may be connected to. All of its addresses must be allowed, so that nobody can hide an internal
 * one behind a public one.
 *
 * @throws {DeliveryError} where there is none, or one is internal
 */
export async function checkedAddress(
  host: string,
  allow: AllowInternal,
  resolve: Resolve = resolveAll,
): Promise<string> {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  let addresses: readonly string[];
  try {
    addresses = isIP(name) === 0 ? await resolve(name) : [name];
  } catch {
    throw new DeliveryError(
      `The name ${name} could not be resolved. Check it, and the name server of this machine.`,
      true,
    );
  }
  const [first] = addresses;
  if (first === undefined) throw new DeliveryError(`The name ${name} has no address. Check it.`, true);
  const refused = addresses.find((address) => isInternal(address) && !allow(name, address));
  if (refused !== undefined)
    throw new DeliveryError(
      `${name} is the internal address ${refused}. Add it to notifications.allowedHosts (PHOSOR_NOTIFICATION_ALLOWED_HOSTS) if it shall be reached, and restart.`,
      true,
    );
  return first;
}

/** One HTTP exchange with a host that was checked. Redirects are not followed: a receiver has one address. */
export async function guardedHttp(
  request: HttpRequest,
  options: { allow: AllowInternal; signal: AbortSignal; resolve?: Resolve },
): Promise<HttpAnswer> {
  const url = new URL(request.url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new DeliveryError('The address must begin with https:// or http://.', true);
  const address = await checkedAddress(url.hostname, options.allow, options.resolve);
  const answer = await exchange(url, address, request, options.signal);
  if (answer.status >= 300 && answer.status < 400)
    throw new DeliveryError(
      `${url.host} answered with a redirect (${answer.status}), which is not followed. Enter the final address.`,
      true,
    );
  return answer;
}

function exchange(url: URL, address: string, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const body = request.body === null ? null : Buffer.from(request.body);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new DeliveryError(unreachable(url.host, error, signal), true));
    const sent = send(
      {
        method: request.method,
        // The name stays for TLS and the Host header; the connection goes to the address that was checked.
        hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port || undefined,
        path: `${url.pathname}${url.search}`,
        headers: {
          'user-agent': 'Phosor',
          ...request.headers,
          ...(body !== null && { 'content-length': String(body.length) }),
        },
        ...(url.username !== '' && {
          auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`,
        }),
        agent: false,
        signal,
        lookup: (_, lookupOptions, done) => {
          const family = isIP(address);
          if (lookupOptions.all) done(null, [{ address, family }]);
          else done(null, address, family);
        },
      },
      (answer) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        const finish = (): void =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
            body: Buffer.concat(parts).subarray(0, mostAnswerBytes).toString('utf8'),
          });
        answer.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes < mostAnswerBytes) return;
          finish();
          answer.destroy();
        });
        answer.on('end', finish);
        answer.on('error', fail);
      },
    );
    sent.on('error', fail);
    sent.end(body ?? undefined);
  });
}

/** Neither the path nor the query is told: they often hold a secret. */
function unreachable(host: string, error: Error, signal: AbortSignal): string {
  if (signal.aborted) return `${host} did not answer in time.`;
  const { code } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ECONNREFUSED: 'refused the connection',
    ECONNRESET: 'broke the connection',
    EHOSTUNREACH: 'cannot be reached',
    ENETUNREACH: 'cannot be reached',
    ETIMEDOUT: 'did not answer in time',
    EPIPE: 'broke the connection',
  };
  const said = words[code ?? ''] ?? `could not be talked to (${code ?? error.name})`;
  return `${host} ${said}.`;
}
