import type { Persona } from '../persona/types.ts';
import type { CreateFileSystem, CreateShell } from '../shell/types.ts';

/** The imitated machine behind the handshake. */
export interface Machine {
  persona: Persona;
  createFileSystem: CreateFileSystem;
  createShell: CreateShell;
}
