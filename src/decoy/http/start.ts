import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { ja3, ja4, maxTlsHelloBytes, readTlsHello } from '../../model/tls-hello.ts';
import { Access } from '../access/access.ts';
import type { DecoyHost, RunningDecoy, Visit } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { makeCertificate } from './certificate.ts';
import type { HttpOptions } from './decoy.ts';
import { Guests } from './guests.ts';
import { lures } from './lures/index.ts';
import { createSite } from './site.ts';
import { apacheStyle, nginxStyle } from './style.ts';
import { HttpVisitor, type WebHost } from './visitor.ts';

const digest = (algorithm: 'md5' | 'sha256', text: string): string => createHash(algorithm).update(text).digest('hex');

export async function serveHttp(host: DecoyHost, options: HttpOptions): Promise<RunningDecoy> {
  const { software, tls, lures: chosen } = options;
  const persona = createPersona(host.seed, host.installedAt);
  const site = createSite(host.seed, host.installedAt, persona);
  const name = software === 'auto' ? site.software : software;
  const version = name === site.software ? site.softwareVersion : name === 'nginx' ? '1.22.1' : '2.4.62';
  const style = name === 'nginx' ? nginxStyle(version) : apacheStyle(version);
  const web: Omit<WebHost, 'isTls'> = {
    site: { ...site, software: name },
    style,
    lures: chosen.length === 0 ? lures : lures.filter((lure) => chosen.includes(lure.name)),
    access: new Access(options),
    guests: new Guests(),
    persona,
    now: () => host.now(),
  };
  const context = tls ? createSecureContext(await certificateOf(host, `${site.hostname}.${site.domain}`)) : null;
  return {
    connection(socket, visit) {
      socket.setNoDelay(true);
      if (context === null) new HttpVisitor(socket, visit, { ...web, isTls: false }).start();
      else sniff(socket, visit, web, context);
    },
  };
}

async function certificateOf(host: DecoyHost, name: string): Promise<{ key: string; cert: string }> {
  const made = await makeCertificate(name, host.installedAt);
  return JSON.parse(await host.kept('http-certificate', () => JSON.stringify(made))) as { key: string; cert: string };
}

/** The first bytes tell whether the client speaks TLS; they are read before the handshake is left to the library. */
function sniff(socket: Socket, visit: Visit, web: Omit<WebHost, 'isTls'>, context: SecureContext): void {
  let first = Buffer.alloc(0);
  const look = (bytes: Buffer): void => {
    first = Buffer.concat([first, bytes]);
    const reading = readTlsHello(first);
    if (reading.state === 'more' && first.length < maxTlsHelloBytes) return;
    socket.off('data', look);
    socket.pause();
    socket.unshift(first);
    if (reading.state === 'other') {
      new HttpVisitor(socket, visit, { ...web, isTls: false }).start();
      socket.resume();
      return;
    }
    if (reading.state === 'hello') {
      const facts = { ja3: ja3(reading.hello, digest), ja4: ja4(reading.hello, digest) };
      visit.describe(facts);
      visit.report({
        event_type: 'decoy.client',
        message: `TLS client ${facts.ja4}`,
        fields: { ...facts, server_name: reading.hello.serverName, alpn: [...reading.hello.alpn] },
      });
    }
    const secure = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] });
    secure.on('error', () => visit.end('TLS failed'));
    new HttpVisitor(secure, visit, { ...web, isTls: true }).start();
  };
  socket.on('data', look);
}
