import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { PhosorConfig } from '../config/index.ts';
import type { Log } from '../serve/contract.ts';
import { listenUi } from '../serve/server.ts';
import { listenLocally } from './local-socket.ts';

/**
 * Opens the HTTP port, where it is free the UI's second port, and the socket in the data folder.
 *
 * @throws a sentence where the HTTP port is taken; a busy UI port is only a warning.
 */
export async function listen(
  server: FastifyInstance,
  http: PhosorConfig['http'] & { dataDir: string },
  log: Log,
): Promise<{ address: string; close: () => Promise<void> }> {
  const { host, port, uiPort } = http;
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw new Error(sentence(error, 'HTTP', port, '--http-port or PHOSOR_HTTP_PORT'), { cause: error });
  }
  let ui: Server | null = null;
  if (uiPort !== 0) {
    try {
      ui = await listenUi(server, { host, port: uiPort });
    } catch (error) {
      log(
        'warn',
        `${sentence(error, 'the UI', uiPort, '--http-ui-port or PHOSOR_UI_PORT')} The UI is still served on the HTTP port.`,
      );
    }
  }
  const local = await listenLocally(server, http.dataDir, log);
  const { port: actual } = server.server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return {
    address: `http://${shown}:${actual}`,
    close: async () => {
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
