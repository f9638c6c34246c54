import { loadNow } from '../disk/proc-files.ts';
import { listTimeOfLogin } from '../prompt.ts';
import type { Call } from '../run/call.ts';

export const two = (value: number): string => String(value).padStart(2, '0');

/** `up 12 days,  3:04` as `uptime` and `w` say it. */
function upText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  const rest = hours > 0 ? `${String(hours).padStart(2)}:${two(minutes % 60)}` : `${minutes % 60} min`;
  return `${days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : ''}${rest}`;
}

function uptimeLine(call: Call): string {
  const now = new Date(call.now);
  const users = call.machine.options.terminal ? 1 : 0;
  const load = loadNow(call.disk).map((value) => value.toFixed(2));
  return ` ${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())} up ${upText(call.now - call.persona.bootedAt)},  ${users} user,  load average: ${load.join(', ')}\n`;
}

export function uptime(call: Call): number {
  if (call.args[0] === '-p' || call.args[0] === '--pretty') {
    const minutes = Math.floor((call.now - call.persona.bootedAt) / 60_000);
    const parts: [number, string][] = [
      [Math.floor(minutes / 10_080), 'week'],
      [Math.floor(minutes / 1440) % 7, 'day'],
      [Math.floor(minutes / 60) % 24, 'hour'],
      [minutes % 60, 'minute'],
    ];
    call.out(
      `up ${parts
        .filter(([value]) => value > 0)
        .map(([value, unit]) => `${value} ${unit}${value === 1 ? '' : 's'}`)
        .join(', ')}\n`,
    );
  } else if (call.args[0] === '-s')
    call.out(`${new Date(call.persona.bootedAt).toISOString().slice(0, 19).replace('T', ' ')}\n`);
  else call.out(uptimeLine(call));
  return 0;
}

export function w(call: Call): number {
  if (!call.args.includes('-h'))
    call.out(`${uptimeLine(call)}USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n`);
  const at = new Date(call.machine.loginAt);
  if (call.machine.options.terminal)
    call.out(
      `${call.shell.user.padEnd(8)} pts/0    ${call.machine.connection().peerAddress.padEnd(16)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}    0.00s  0.02s  0.00s w\n`,
    );
  return 0;
}

export function who(call: Call): number {
  const at = new Date(call.machine.loginAt).toISOString().slice(0, 16).replace('T', ' ');
  if (call.machine.options.terminal)
    call.out(`${call.shell.user.padEnd(8)} pts/0        ${at} (${call.machine.connection().peerAddress})\n`);
  return 0;
}

export function last(call: Call): number {
  const count = Number(/\d+/.exec(call.args.join(' '))?.[0] ?? 1000) || 1000;
  const { logins, bootedAt, kernel } = call.persona;
  const lines: string[] = [];
  const shortTime = (at: number): string => listTimeOfLogin(at).slice(0, 16);
  const length = (seconds: number): string =>
    `(${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)})`;
  if (call.machine.options.terminal)
    lines.push(
      `${call.shell.user.padEnd(8)} pts/0        ${call.machine.connection().peerAddress.padEnd(16)} ${shortTime(call.machine.loginAt)}   still logged in`,
    );
  for (const login of logins)
    lines.push(
      `${login.user.padEnd(8)} ${login.tty.padEnd(12)} ${login.from.padEnd(16)} ${shortTime(login.at)} - ${shortTime(login.at + login.seconds * 1000).slice(11)}  ${length(login.seconds)}`,
    );
  lines.push(`reboot   system boot  ${kernel.release.padEnd(16)} ${shortTime(bootedAt)}   still running`);
  call.out(`${lines.slice(0, count).join('\n')}\n\nwtmp begins ${listTimeOfLogin(call.persona.installedAt)}\n`);
  return 0;
}
