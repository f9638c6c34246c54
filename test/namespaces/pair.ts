import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/*
 * Two network namespaces joined by a cable of their own, with a web server in one of them. Nothing of it touches the machine's
 * own network. Needs root, iproute2 and curl.
 */

/** Why the tests cannot run here, in a sentence; null: they can. */
export function missing(...commands: readonly string[]): string | null {
  if (process.getuid?.() !== 0) return 'Only root can make network namespaces.';
  for (const command of ['ip', 'curl', ...commands])
    if (spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${command}`]).status !== 0)
      return `${command} is not installed.`;
  const name = `phosor-try-${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'This machine gives no network namespaces.';
  spawnSync('ip', ['netns', 'del', name]);
  return null;
}

export interface Pair {
  victim: string;
  attacker: string;
  /** What runs a command there: `[...inside(pair.victim), 'nft', …]`. */
  inside(namespace: string): readonly string[];
  /** Status of a request from the attacker's side; null: no connection within 0.6 s. @param from its address */
  reach(port: number, options?: { from?: string; host?: string }): number | null;
  /** Serves `200` with the port as text, inside the victim. */
  serve(...ports: number[]): Promise<void>;
  close(): Promise<void>;
}

export const addresses = {
  victim4: '203.0.113.1',
  attacker4: '203.0.113.66',
  /** A second address of the attacker. */
  friend4: '203.0.113.77',
  victim6: '2001:db8:77:1::1',
  attacker6: '2001:db8:77:5::66',
} as const;

export function makePair(name: string): Pair {
  const victim = `${name}-v-${process.pid}`;
  const attacker = `${name}-a-${process.pid}`;
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const inside = (namespace: string): readonly string[] => ['ip', 'netns', 'exec', namespace];
  const children: ReturnType<typeof spawn>[] = [];
  ip('netns', 'add', victim);
  ip('netns', 'add', attacker);
  ip('-n', victim, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', attacker);
  for (const [namespace, ...own] of [
    [victim, `${addresses.victim4}/24`, `${addresses.victim6}/48`],
    [attacker, `${addresses.attacker4}/24`, `${addresses.friend4}/24`, `${addresses.attacker6}/48`],
  ] as const) {
    for (const address of own)
      ip('-n', namespace, 'addr', 'add', address, 'dev', 'wire', ...(address.includes(':') ? ['nodad'] : []));
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'link', 'set', 'wire', 'up');
  }
  return {
    victim,
    attacker,
    inside,
    reach(port, { from, host = addresses.victim4 } = {}) {
      const where = host.includes(':') ? `[${host}]` : host;
      const { stdout } = spawnSync(
        'ip',
        [
          ...[
            'netns',
            'exec',
            attacker,
            'curl',
            '-s',
            '-o',
            '/dev/null',
            '-w',
            '%{http_code}',
            '--connect-timeout',
            '0.6',
            '--max-time',
            '8',
          ],
          ...(from === undefined ? [] : ['--interface', from]),
          `http://${where}:${port}/`,
        ],
        { encoding: 'utf8' },
      );
      return Number(stdout) === 0 ? null : Number(stdout);
    },
    async serve(...ports) {
      const code = `for (const port of [${ports.join(',')}]) require('node:http').createServer((_, r) => r.end(String(port))).listen(port, '::', () => console.log(port));`;
      const child = spawn('ip', ['netns', 'exec', victim, process.execPath, '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      let seen = 0;
      while (seen < ports.length) {
        const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
        seen += String(chunk).trim().split('\n').length;
      }
    },
    async close() {
      for (const child of children) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      for (const namespace of [victim, attacker]) spawnSync('ip', ['netns', 'del', namespace]);
    },
  };
}
