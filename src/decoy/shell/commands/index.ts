import type { CommandFunction, CommandTable } from '../run/call.ts';
import { accountCommands } from './account.ts';
import { archiveCommands } from './archive.ts';
import { awkCommands } from './awk/run.ts';
import { downloadCommands } from './download.ts';
import { encodeCommands } from './encode.ts';
import { fileCommands } from './files.ts';
import { findCommands } from './find.ts';
import { grepCommands } from './grep.ts';
import { listCommands } from './list.ts';
import { modeCommands } from './mode.ts';
import { networkCommands } from './network.ts';
import { orderCommands } from './order.ts';
import { processCommands } from './process.ts';
import { programCommands } from './programs.ts';
import { sedCommands } from './sed.ts';
import { serviceCommands } from './service.ts';
import { systemCommands } from './system.ts';
import { textCommands } from './text.ts';

/** Every family of programs. One line each. */
const families: readonly CommandTable[] = [
  textCommands,
  orderCommands,
  encodeCommands,
  fileCommands,
  modeCommands,
  listCommands,
  findCommands,
  grepCommands,
  sedCommands,
  awkCommands,
  archiveCommands,
  systemCommands,
  processCommands,
  accountCommands,
  networkCommands,
  downloadCommands,
  serviceCommands,
  programCommands,
];

const table: ReadonlyMap<string, CommandFunction> = new Map(families.flatMap((family) => Object.entries(family)));

/** A program of the image that nobody wrote yet: it says nothing and succeeds. */
const silent: CommandFunction = () => 0;

/** The function behind a program of the imitated disk. */
export const findCommand = (name: string): CommandFunction => table.get(name) ?? silent;

/** The programs that do something here. */
export const programNames = (): string[] => [...table.keys()];
