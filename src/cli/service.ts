import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package.ts';
import { type Call, type Command, CommandError, isOn, textOf, UsageError } from './command.ts';
import { serviceUnit } from './service-unit.ts';

const unitName = 'phosor.service';
const unitFile = `/etc/systemd/system/${unitName}`;

export const service: Command = {
  name: 'service',
  summary: 'Run Phosor as a hardened system service, from boot on.',
  usage: ['install [--print] [--user NAME] [--set NAME=VALUE …]', 'remove'],
  flags: [
    { name: '--print', kind: 'switch', description: 'Print the unit and change nothing.' },
    {
      name: '--user',
      kind: 'text',
      value: 'NAME',
      description: 'System user (default: phosor). It is made where it is not there.',
    },
    {
      name: '--set',
      kind: 'list',
      value: 'NAME=VALUE',
      description: 'Variables of docs/configuration.md for the service: PHOSOR_HTTP_PORT=8080.',
    },
  ],
  details: [
    'install needs root: it makes the user, writes the unit, starts it and shows where the set-up link is. The data are in /var/lib/phosor.',
    'Secrets belong into /etc/phosor/environment (0600), not into the unit, which everybody can read.',
    'remove stops and forgets the service. The data stay.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const [what, ...more] = call.flags.positionals;
  if ((what !== 'install' && what !== 'remove') || more.length > 0) {
    throw new UsageError('Write "phosor service install" or "phosor service remove".');
  }
  if (what === 'remove') return remove(call);
  const user = textOf(call.flags, '--user') ?? 'phosor';
  if (!/^[a-z_][a-z0-9_-]{0,30}$/.test(user)) throw new UsageError(`"${user}" cannot be the name of a system user.`);
  const unit = serviceUnit({
    launcher: join(packageRoot, 'bin/phosor.js'),
    node: process.execPath,
    user,
    stateName: 'phosor',
    environment: environmentOf(call.flags.values.get('--set') ?? []),
  });
  if (isOn(call.flags, '--print')) {
    await call.out.write(unit);
    return 0;
  }
  needRoot();
  if (spawnSync('getent', ['passwd', user]).status !== 0) {
    must(
      'useradd',
      '--system',
      '--no-create-home',
      '--home-dir',
      '/var/lib/phosor',
      '--shell',
      '/usr/sbin/nologin',
      user,
    );
    call.err.line(`Made the system user ${user}.`);
  }
  mkdirSync('/etc/phosor', { recursive: true, mode: 0o755 });
  writeFileSync(unitFile, unit, { mode: 0o644 });
  call.err.line(`Wrote ${unitFile}.`);
  if (!existsSync('/run/systemd/system')) {
    call.err.line('systemd does not run here. Where it does: systemctl daemon-reload && systemctl enable --now phosor');
    return 0;
  }
  must('systemctl', 'daemon-reload');
  must('systemctl', 'enable', '--now', unitName);
  call.err.line('Phosor runs. The one-time set-up link: journalctl -u phosor | grep setup');
  return 0;
}

function remove(call: Call): number {
  needRoot();
  if (!existsSync(unitFile)) throw new CommandError(`There is no ${unitFile}.`);
  if (existsSync('/run/systemd/system')) must('systemctl', 'disable', '--now', unitName);
  rmSync(unitFile);
  if (existsSync('/run/systemd/system')) must('systemctl', 'daemon-reload');
  call.err.line('The service is gone. The data are still in /var/lib/phosor.');
  return 0;
}

/** Names as the shell takes them; what looks like a secret is refused, because anybody can read a unit. */
function environmentOf(words: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const word of words) {
    const [, name = '', value = ''] = /^([A-Z][A-Z0-9_]*)=([^\n\0]*)$/.exec(word) ?? [];
    if (name === '') throw new UsageError(`--set wants NAME=VALUE, not "${word}".`);
    if (/KEY|PASSWORD|SECRET|TOKEN/.test(name)) {
      throw new UsageError(`${name} is a secret. Write it into /etc/phosor/environment with mode 0600 instead.`);
    }
    environment[name] = value;
  }
  return environment;
}

function needRoot(): void {
  if (process.platform !== 'linux') throw new CommandError('This needs Linux with systemd.');
  if (process.getuid?.() !== 0)
    throw new CommandError('This needs root: sudo phosor service install. --print shows the unit.');
}

function must(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new CommandError(`${command} ${args.join(' ')} failed: ${(error?.message ?? stderr).trim()}`);
}
