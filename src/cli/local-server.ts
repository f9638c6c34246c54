import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { socketName } from '../runtime/data-folder.ts';
import { CommandError } from './command.ts';

/** A Phosor that runs on a data folder, reached over the socket in it, as the admin `local`. */
export interface LocalServer {
  /** @throws CommandError with the server's own sentence where it refuses. */
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>;
}

/** Null: none runs on the folder, or it has no socket. */
export async function localServer(dataDir: string): Promise<LocalServer | null> {
  const socketPath = join(dataDir, socketName);
  if (process.platform === 'win32' || !existsSync(socketPath)) return null;
  const server: LocalServer = {
    async ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
      const { status, text } = await send(socketPath, method, path, body);
      const answer = parsed(text);
      if (status < 300) return answer as T;
      const { detail } = (answer ?? {}) as { detail?: unknown };
      throw new CommandError(typeof detail === 'string' ? detail : `Phosor answered ${status} to ${method} ${path}.`);
    },
  };
  try {
    await server.ask('GET', '/health/live');
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A socket that nobody listens on was left by a Phosor that was killed.
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return null;
    if (code === 'EACCES')
      throw new CommandError(`You may not open ${socketPath}. Run this as the user that Phosor runs as.`);
    throw error;
  }
}

function send(
  socketPath: string,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
