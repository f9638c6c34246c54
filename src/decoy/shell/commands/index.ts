import type { CommandFunction, CommandTable } from '../run/call.ts';
import { encodeCommands } from './encode.ts';
import { orderCommands } from './order.ts';
import { textCommands } from './text.ts';

/** Every family of programs. One line each. */
const families: readonly CommandTable[] = [textCommands, orderCommands, encodeCommands];

const table: ReadonlyMap<string, CommandFunction> = new Map(families.flatMap((family) => Object.entries(family)));

/** A program of the image that nobody wrote yet: it says nothing and succeeds. */
const silent: CommandFunction = () => 0;

/** The function behind a program of the imitated disk. */
export const findCommand = (name: string): CommandFunction => table.get(name) ?? silent;

/** Whether the program does something here. */
export const isWritten = (name: string): boolean => table.has(name);

export const programNames = (): string[] => [...table.keys()];
