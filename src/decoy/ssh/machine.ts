import type { Persona } from '../persona/types.ts';
import type { CreateFileSystem, CreateShell } from '../shell/types.ts';

/** The imitated machine behind the handshake. */
export interface Machine {
  persona: Persona;
  createFileSystem: CreateFileSystem;
  createShell: CreateShell;
}

/** In the shell, one character is one byte; Node calls that latin1. */
export const toPath = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const fromPath = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
