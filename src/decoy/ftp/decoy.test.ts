import { expect, test } from 'vitest';
import { serveDecoy } from '../host.test-suite.ts';
import { ftp } from './decoy.ts';
import { transcript } from './probe.test-suite.ts';

test('N-022: USER root, PASS x is answered with 530 and told as a refused login', async () => {
  const served = await serveDecoy(ftp, { failureDelayMs: 0 });
  try {
    const said = await transcript(served.port, { name: '', steps: ['USER root', 'PASS x'] });
    expect(said[2]).toBe('530 Login incorrect.\r\n');
    expect(served.of('decoy.login')).toMatchObject([{ outcome: 'failure', user: 'root', fields: { password: 'x' } }]);
  } finally {
    await served.stop();
  }
});

test('a visitor finds the machine of the installation, another installation shows other files', async () => {
  const steps = [
    'USER mallory',
    'PASS a',
    'PWD',
    { data: 'LIST -la' },
    { data: 'NLST -la /home' },
    { data: 'RETR /etc/hostname' },
    'DELE /etc/passwd',
    'CWD /root',
  ];
  const look = async (seed: string): Promise<string> => {
    const served = await serveDecoy(ftp, { failureDelayMs: 0, tries: 0 }, seed);
    try {
      return (await transcript(served.port, { name: '', steps })).join('');
    } finally {
      await served.stop();
    }
  };
  const [one, two] = [await look('5eed'.repeat(16)), await look('feed'.repeat(16))];
  expect(one).toContain('257 "/home/mallory" is the current directory');
  expect(one).toMatch(/-rw-r--r-- +1 1100 +1100 +\d+ \w{3} \d\d .* \.netrc\r\n/);
  expect(one).toContain('550 Delete operation failed.');
  expect(one).toContain('550 Failed to change directory.');
  const names = (text: string): string[] => text.match(/[\w-]+\.(?:zip|tar\.gz|csv\.gz)|data: \S+\n/g) ?? [];
  expect(names(two).filter((name) => names(one).includes(name))).toEqual([]);
});

test('anonymous visitors see a folder of their own, where the decoy lets them in', async () => {
  const served = await serveDecoy(ftp, { failureDelayMs: 0, anonymous: true });
  try {
    const said = await transcript(served.port, {
      name: '',
      steps: ['USER anonymous', 'PASS a@b', 'CWD /etc', 'PWD', { data: 'STOR x', upload: 'hello' }],
    });
    expect(said.slice(2, 5)).toEqual([
      '230 Login successful.\r\n',
      '550 Failed to change directory.\r\n',
      '257 "/" is the current directory\r\n',
    ]);
    expect((await served.until(({ event_type }) => event_type === 'decoy.upload')).fields?.size).toBe(5);
  } finally {
    await served.stop();
  }
});
