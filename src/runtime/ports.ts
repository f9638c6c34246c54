import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { PhosorConfig } from '../config/index.ts';
import type { Log } from '../serve/contract.ts';
import { listenUi, serveApart } from '../serve/server.ts';
import type { Certificate, Identity } from './certificate.ts';
import { httpShare, limitConnections } from './descriptors.ts';
import { listenLocally } from './local-socket.ts';

/**
 * Opens the HTTP port, where it is free the UI's second port, and the socket in the data folder.
 *
 * @throws a sentence where the HTTP port is taken; a busy UI port is only a warning.
 */
export async function listen(
  server: FastifyInstance,
  http: PhosorConfig['http'] & {
    dataDir: string;
    certificate?: Certificate | null;
    /** The certificate was read again. */
    exchanged?: () => void;
  },
  log: Log,
): Promise<{ address: string; close: () => Promise<void> }> {
  const { host, port, uiPort, certificate = null } = http;
  const secure: SecureServer[] = [];
  const apart = async (at: number, identity: Identity, isUi: boolean): Promise<SecureServer> => {
    const made = await serveApart(server, { host, port: at, identity, isUi });
    secure.push(made);
    return made;
  };
  const stopWatching = certificate?.watch((identity) => {
    for (const each of secure) each.setSecureContext(identity);
    http.exchanged?.();
  }, log);
  let main: Server | SecureServer = server.server;
  try {
    if (certificate === null) await server.listen({ host, port });
    else main = await apart(port, certificate.current(), false);
  } catch (error) {
    throw new Error(sentence(error, 'HTTP', port, '--http-port or PHOSOR_HTTP_PORT'), { cause: error });
  }
  let ui: Server | SecureServer | null = null;
  if (uiPort !== 0) {
    try {
      ui =
        certificate === null
          ? await listenUi(server, { host, port: uiPort })
          : await apart(uiPort, certificate.current(), true);
    } catch (error) {
      log(
        'warn',
        `${sentence(error, 'the UI', uiPort, '--http-ui-port or PHOSOR_UI_PORT')} The UI is still served on the HTTP port.`,
      );
    }
  }
  limitConnections(ui === null ? [main] : [main, ui], httpShare());
  const local = await listenLocally(server, http.dataDir, log);
  if (certificate !== null)
    log(
      'info',
      `HTTPS with the certificate ${certificate.fingerprint}${certificate.isSelfSigned ? ', made here: compare this fingerprint with what the browser shows' : ''}`,
    );
  const { port: actual } = main.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    address: `${certificate === null ? 'http' : 'https'}://${shown}:${actual}`,
    close: async () => {
      stopWatching?.();
      if (certificate !== null) {
        main.closeAllConnections();
        main.close();
      }
      ui?.closeAllConnections();
      ui?.close();
      await local.close();
      await server.close();
    },
  };
}

function sentence(error: unknown, what: string, port: number, option: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return `Cannot listen for ${what} on port ${port}: another program already does. Stop it, or choose another port with ${option}.`;
  }
  if (code === 'EACCES') {
    return `Cannot listen for ${what} on port ${port}: ports below 1024 need more rights. Choose a higher one with ${option}.`;
  }
  if (code === 'EADDRNOTAVAIL') return `Cannot listen for ${what}: this machine does not have the configured address.`;
  return `Cannot listen for ${what} on port ${port}: ${message}.`;
}
