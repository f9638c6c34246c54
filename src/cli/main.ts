/** The command line: finds the command, reads its flags, runs it, and turns errors into a sentence and an exit code. */

import { type FlagSpec, parseFlags } from '../config/flags.ts';
import { ConfigError, didYouMean } from '../config/index.ts';
import { version } from '../package.ts';
import { type Call, type Command, CommandError, UsageError } from './command.ts';
import { createOutput, endQuietlyOnBrokenPipe } from './output.ts';

/** Every command. Loaded when called: `phosor --help` starts in a tenth of a second. */
const commands: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  start: { summary: 'Start everything and print where to look.', load: async () => (await import('./start.ts')).start },
  demo: {
    summary: 'Start with attacks already playing, in a throw-away folder.',
    load: async () => (await import('./demo.ts')).demo,
  },
  parse: { summary: 'Show how log lines are understood.', load: async () => (await import('./parse.ts')).parse },
  replay: { summary: 'Find the attacks in log files.', load: async () => (await import('./replay.ts')).replayCommand },
  rules: {
    summary: 'Check, test, explain, import and list detection rules.',
    load: async () => (await import('./rules.ts')).rules,
  },
  doctor: {
    summary: 'Check this machine, with a fix for everything found.',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  backup: {
    summary: 'Write everything Phosor knows into one file.',
    load: async () => (await import('./backup.ts')).backup,
  },
  restore: { summary: 'Bring back what a backup holds.', load: async () => (await import('./restore.ts')).restore },
  audit: { summary: 'Verify the audit trail.', load: async () => (await import('./audit.ts')).audit },
  key: { summary: 'API keys, and the encryption key.', load: async () => (await import('./key.ts')).key },
  service: {
    summary: 'Run Phosor as a hardened system service.',
    load: async () => (await import('./service.ts')).service,
  },
  user: { summary: "List users and set a user's password.", load: async () => (await import('./user.ts')).user },
};

const help: FlagSpec = { name: '--help', kind: 'switch', description: 'Show this.' };

async function main(argv: readonly string[]): Promise<number> {
  const out = createOutput(process.stdout);
  const err = createOutput(process.stderr);
  endQuietlyOnBrokenPipe(process.stdout);
  endQuietlyOnBrokenPipe(process.stderr);
  const [name, ...rest] = argv;
  const base = { env: process.env, cwd: process.cwd(), out, err };
  try {
    if (name === '--version' || name === '-v') {
      out.line(version);
      return 0;
    }
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      const about = rest[0] && commands[rest[0]];
      out.line(about ? commandHelp(await about.load()) : overview());
      return name === undefined ? 2 : 0;
    }
    const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!found) {
      const near = didYouMean(name, Object.keys(commands));
      throw new UsageError(
        `There is no command "${name}".${near ? ` Did you mean "phosor ${near}"?` : ' See phosor --help.'}`,
      );
    }
    const command = await found.load();
    if (asksForHelp(rest)) {
      out.line(commandHelp(command));
      return 0;
    }
    const flags = parseFlags(rest, [...command.flags, help]);
    if (flags.problems.length > 0 && !command.readsOwnFlags) throw new UsageError(flags.problems.join('\n'));
    const call: Call = { argv: rest, flags, ...base };
    return await command.run(call);
  } catch (error) {
    await out.flush();
    if (error instanceof UsageError || error instanceof ConfigError) {
      err.line(error.message);
      return 2;
    }
    if (error instanceof CommandError) {
      err.line(error.message);
      return 1;
    }
    // A bug, or a sentence from a stage: people get the message, PHOSOR_DEBUG the stack.
    const text = error instanceof Error ? (process.env.PHOSOR_DEBUG ? error.stack : error.message) : String(error);
    err.line(`phosor ${name} failed: ${text}`);
    return 1;
  } finally {
    await Promise.all([out.flush(), err.flush()]);
  }
}

/** `--help` anywhere before `--`. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  return before.includes('--help') || before.includes('-h');
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    `Phosor ${version}: collects logs, understands them unasked, and explains every attack it finds.`,
    '',
    'Usage: phosor <command> [flags]',
    '',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'phosor <command> --help says more. Exit codes: 0 success, 1 findings or failure, 2 wrong usage.',
  ].join('\n');
}

function commandHelp(command: Command): string {
  const flags = [...command.flags, help]
    .filter(({ isUnlisted }) => !isUnlisted)
    .map((flag) => ({
      left: `${flag.name}${flag.kind === 'switch' ? '' : ` ${flag.value ?? 'VALUE'}`}${flag.kind === 'list' ? ' …' : ''}`,
      right: flag.description,
    }));
  const width = Math.min(40, Math.max(...flags.map(({ left }) => left.length)));
  return [
    command.summary,
    '',
    ...command.usage.map(
      (usage, i) => `${i === 0 ? 'Usage:' : '      '} phosor ${command.name}${usage ? ` ${usage}` : ''}`,
    ),
    '',
    ...flags.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`),
    ...(command.details ? ['', ...command.details] : []),
  ].join('\n');
}

// The launcher (bin/phosor.js) holds this channel. When it is gone without a signal it was killed, and so are we.
if (process.channel) {
  process.channel.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

process.exit(await main(process.argv.slice(2)));
