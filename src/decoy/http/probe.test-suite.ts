/** What is asked of a web server, raw, so that the decoy's answers can be laid beside those of nginx and Apache. */
import { connect } from 'node:net';

const host = 'Host: x\r\n';
const post = `POST / HTTP/1.1\r\n${host}`;

/**
 * The real servers had a folder with `index.html` (35 bytes, HTML, of a fixed time) and `.htaccess`, which both refuse.
 * Each entry is sent as it stands.
 */
const probes: Readonly<Record<string, string>> = {
  get: `GET / HTTP/1.1\r\n${host}\r\n`,
  'HTTP/1.0': 'GET / HTTP/1.0\r\n\r\n',
  'HTTP/1.0 that stays': 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
  'keep-alive': `GET / HTTP/1.1\r\n${host}Connection: keep-alive\r\n\r\n`,
  close: `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
  head: `HEAD / HTTP/1.1\r\n${host}\r\n`,
  'not there': `GET /nope HTTP/1.1\r\n${host}\r\n`,
  'not there, close': `GET /nope HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
  'head of what is not there': `HEAD /nope HTTP/1.1\r\n${host}\r\n`,
  forbidden: `GET /.htaccess HTTP/1.1\r\n${host}\r\n`,
  options: `OPTIONS / HTTP/1.1\r\n${host}\r\n`,
  'options *': `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  trace: `TRACE / HTTP/1.1\r\n${host}\r\n`,
  connect: `CONNECT a:443 HTTP/1.1\r\n${host}\r\n`,
  put: `PUT /x HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\na=b`,
  delete: `DELETE / HTTP/1.1\r\n${host}\r\n`,
  propfind: `PROPFIND / HTTP/1.1\r\n${host}\r\n`,
  'no host': 'GET / HTTP/1.1\r\n\r\n',
  'two hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'a host with a space': 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
  'unknown method': `FOO / HTTP/1.1\r\n${host}\r\n`,
  'small letters': `get / HTTP/1.1\r\n${host}\r\n`,
  'HTTP/0.9': 'GET /\r\n',
  'TLS bytes': '\x16\x03\x01\x02\x00\r\n\r\n',
  'one word': 'hello\r\n\r\n',
  SSH: 'SSH-2.0-x\r\n',
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/3.0': `GET / HTTP/3.0\r\n${host}\r\n`,
  'HTTP/1.2': `GET / HTTP/1.2\r\n${host}\r\n`,
  HTTX: `GET / HTTX/1.1\r\n${host}\r\n`,
  'space before colon': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
  folded: `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`,
  'two lengths': `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
  'a length that is none': `${post}Content-Length: x\r\n\r\n`,
  'odd encoding': `${post}Transfer-Encoding: xchunked\r\n\r\n`,
  'line feeds': 'GET / HTTP/1.1\nHost: x\n\n',
  'long target': `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${host}\r\n`,
  'long header': `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(9000)}\r\n\r\n`,
  'whole URL': `GET http://example.com/ HTTP/1.1\r\n${host}\r\n`,
  'header without colon': `GET / HTTP/1.1\r\n${host}foo\r\n\r\n`,
  'above the root': `GET /../../etc/passwd HTTP/1.1\r\n${host}\r\n`,
  'above the root, escaped': `GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n${host}\r\n`,
  'bad escape': `GET /%zz HTTP/1.1\r\n${host}\r\n`,
  NUL: `GET /%00 HTTP/1.1\r\n${host}\r\n`,
  'two at once': `GET /a HTTP/1.1\r\n${host}\r\nGET /b HTTP/1.1\r\n${host}\r\n`,
  'empty lines first': `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`,
  'no target': `GET HTTP/1.1\r\n${host}\r\n`,
  'target with a space': `GET /a b HTTP/1.1\r\n${host}\r\n`,
};

/** What comes back until `patience` after its last byte (of the first byte more is waited for), and whether the server closed. */
export function ask(port: number, raw: string, patience = 400): Promise<{ text: string; isClosed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(raw, 'latin1')));
    let text = '';
    const done = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, isClosed });
    };
    // A busy machine may take its time until the first byte; every probe is answered.
    let timer = setTimeout(() => done(false), Math.max(patience, 10_000));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(() => done(false), patience);
    });
    socket.on('end', () => done(true)).on('error', () => done(true));
  });
}

/** Times are the clock's. */
const plainAnswer = ({ text, isClosed }: { text: string; isClosed: boolean }): string =>
  `${text.replace(/^Date: .*GMT/gm, 'Date: NOW')}${isClosed ? '<closed>' : '<open>'}`;

/** Every answer, 8 at a time. */
export async function askAll(port: number, patience?: number): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  const left = Object.entries(probes);
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      answers[next[0]] = plainAnswer(await ask(port, next[1], patience));
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return Object.fromEntries(Object.keys(probes).map((name) => [name, answers[name] ?? '']));
}
