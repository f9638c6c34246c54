import { curly } from '../bytes.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { type Failure, failureMs, failureOf, failureText } from '../run/reach.ts';
import { connect, ping, scp, ssh } from './dial.ts';
import { type Target, targetOf, writtenOut } from './target.ts';

/** Records what would have been fetched, and waits as long as the failure takes. */
async function attempt(call: Call, tool: string, target: Target, destination: string | null): Promise<Failure> {
  call.machine.report({ type: 'download', tool, url: target.url, destination });
  const outcome = failureOf(call.machine, target.host);
  await call.machine.wait(failureMs[outcome]);
  return outcome;
}

const stamp = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

async function wget(call: Call): Promise<number> {
  const help = `Usage: ${call.name} [OPTION]... [URL]...\n\nTry \`${call.name} --help' for more options.\n`;
  if (call.isBusybox) return busyboxWget(call);
  const options = getopt(
    call,
    'O:qcP:t:T:U:o:nbdvSNirl:ke:xpHLma:i:B:w:Q:hV46A:R:D:I:X:',
    {
      'output-document=': 'O',
      quiet: 'q',
      continue: 'c',
      'directory-prefix=': 'P',
      'tries=': 't',
      'timeout=': 'T',
      'user-agent=': 'U',
      'no-check-certificate': 'K',
      'no-verbose': 'n',
      background: 'b',
      'post-data=': 'Y',
      'header=': 'Z',
      spider: 'J',
      'connect-timeout=': 'T',
      'read-timeout=': 'T',
      'dns-timeout=': 'T',
      'no-cache': 'K',
      help: 'h',
      version: 'V',
      recursive: 'r',
      'no-proxy': 'K',
      'show-progress': 'v',
      'user=': 'M',
      'password=': 'M',
      'no-parent': 'n',
      mirror: 'm',
      'no-clobber': 'n',
      'input-file=': 'i',
      'max-redirect=': 'M',
      'retry-connrefused': 'K',
      'waitretry=': 'M',
      'referer=': 'M',
      'content-disposition': 'K',
      'no-dns-cache': 'K',
      'prefer-family=': 'M',
      'post-file=': 'Y',
      'method=': 'M',
      'body-data=': 'Y',
    },
    { help: `Usage: ${call.name} [OPTION]... [URL]...\n\nTry \`${call.name} --help' for more options.\n` },
  );
  if (!options) return 2;
  if (options.has('V') || options.has('h')) {
    call.out(
      options.has('V')
        ? 'GNU Wget 1.21.3 built on linux-gnu.\n'
        : `GNU Wget 1.21.3, a non-interactive network retriever.\nUsage: ${call.name} [OPTION]... [URL]...\n`,
    );
    return 0;
  }
  if (options.rest.length === 0) {
    call.err(`${call.name}: missing URL\n${help}`);
    return 1;
  }
  const isQuiet = options.has('q');
  const say = (text: string): void => {
    if (!isQuiet) call.err(text);
  };
  for (const text of options.rest) {
    const target = targetOf(text);
    if (!target) {
      call.err(`${text}: Invalid host name.\n`);
      continue;
    }
    say(`--${stamp(call.now)}--  ${target.url}\n`);
    const destination =
      options.get('O') ??
      `${options.get('P') !== undefined ? `${options.get('P')}/` : ''}${target.path.split(/[?#]/)[0]?.split('/').at(-1) || 'index.html'}`;
    if (destination !== '-' && options.has('O')) call.disk.writeText(call.path(destination), '', {}, call.actor);
    if (!target.isAddress) say(`Resolving ${target.host} (${target.host})... `);
    const outcome = await attempt(call, 'wget', target, destination);
    if (outcome === 'unresolved') {
      if (!isQuiet)
        call.err(
          `failed: Temporary failure in name resolution.\n${call.name}: unable to resolve host address ${curly(target.host)}\n`,
        );
      continue;
    }
    say(
      `Connecting to ${target.host}${target.isAddress ? '' : ` (${target.host})`}:${target.port}... failed: ${failureText[outcome]}.\n${outcome === 'timeout' ? 'Retrying.\n\n' : ''}`,
    );
    if (outcome === 'timeout')
      say(
        `--${stamp(call.now)}--  (try: 2)  ${target.url}\nConnecting to ${target.host}:${target.port}... failed: Connection timed out.\nGiving up.\n\n`,
      );
  }
  return 4;
}

async function busyboxWget(call: Call): Promise<number> {
  const options = getopt(
    call,
    'O:qcP:T:U:o:SY:',
    { spider: 'J', 'header=': 'Z', 'no-check-certificate': 'K', 'post-data=': 'D' },
    { help: busyboxUsage },
  );
  if (!options) return 1;
  const [text] = options.rest;
  if (text === undefined) {
    call.err(busyboxUsage);
    return 1;
  }
  const target = targetOf(text);
  if (!target || !/^(?:http|https|ftp)$/.test(target.scheme)) return call.fail(`not an http or ftp url: ${text}`);
  const outcome = await attempt(
    call,
    'busybox wget',
    target,
    options.get('O') ?? (target.path.split('/').at(-1) || 'index.html'),
  );
  if (outcome === 'unresolved') return call.fail(`bad address '${target.host}'`);
  const named = /:\d+(?:\/|$)/.test(text) ? `${target.host}:${target.port}` : target.host;
  if (!options.has('q')) call.err(`Connecting to ${named} (${target.host}:${target.port})\n`);
  return call.fail(`can't connect to remote host (${target.host}): ${failureText[outcome]}`);
}

const busyboxUsage = `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] URL...

Retrieve files via HTTP or FTP

	--spider	Only check URL existence: $? is 0 if exists
	--header STR	Add STR (of form 'header: value') to headers
	--post-data STR	Send STR using POST method
	--post-file FILE	Send FILE using POST method
	--no-check-certificate	Don't validate the server's certificate
	-c		Continue retrieval of aborted transfer
	-q		Quiet
	-P DIR		Save to DIR (default .)
	-S    		Show server response
	-O FILE		Save to FILE ('-' for stdout)
	-o LOGFILE	Log messages to FILE
	-U STR		Use STR for User-Agent header
	-Y on/off	Use proxy
`;

const valuedCurl = new Set([
  '-o',
  '-d',
  '-H',
  '-X',
  '-A',
  '-u',
  '-T',
  '-x',
  '-m',
  '-e',
  '-b',
  '-c',
  '-F',
  '-w',
  '-r',
  '-K',
  '-E',
  '-C',
  '-D',
  '-y',
  '-Y',
  '-z',
  '-P',
  '-Q',
  '-t',
  '--output',
  '--data',
  '--header',
  '--request',
  '--user-agent',
  '--user',
  '--upload-file',
  '--proxy',
  '--max-time',
  '--connect-timeout',
  '--referer',
  '--cookie',
  '--cookie-jar',
  '--form',
  '--write-out',
  '--range',
  '--retry',
  '--retry-delay',
  '--data-binary',
  '--data-raw',
  '--data-urlencode',
  '--resolve',
  '--cacert',
  '--cert',
  '--key',
  '--url',
  '--limit-rate',
  '--max-redirs',
  '--interface',
  '--dns-servers',
  '--socks5',
  '--socks5-hostname',
  '--continue-at',
  '--dump-header',
  '--output-dir',
  '--max-filesize',
  '--ciphers',
]);
const flagsCurl =
  /^--(?:silent|show-error|fail|location|insecure|verbose|head|include|remote-name|compressed|progress-bar|ipv4|ipv6|globoff|http1\.1|http1\.0|http2|tlsv1(?:\.\d)?|ssl|create-dirs|remote-header-name|no-buffer|fail-with-body|path-as-is|parallel|next|ssl-reqd|tcp-nodelay|no-progress-meter|raw|proto-default|get|list-only|append|junk-session-cookies|location-trusted|anyauth|basic|digest|netrc|retry-connrefused|post301|doh-insecure|retry-all-errors)$/;

async function curl(call: Call): Promise<number> {
  const urls: string[] = [];
  let isSilent = false;
  let showsErrors = false;
  let isRemote = false;
  let output: string | null = null;
  let format = '';
  const usage = "curl: try 'curl --help' or 'curl --manual' for more information\n";
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] as string;
    if (!arg.startsWith('-') || arg === '-') {
      urls.push(arg);
      continue;
    }
    if (arg === '--version' || arg === '-V') {
      call.out(
        'curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13\nRelease-Date: 2023-02-20, security patched: 7.88.1-10+deb12u12\n',
      );
      return 0;
    }
    if (arg === '--help' || arg === '-h') {
      call.out('Usage: curl [options...] <url>\n');
      return 0;
    }
    if (arg.startsWith('--')) {
      if (arg === '--silent') isSilent = true;
      else if (arg === '--show-error') showsErrors = true;
      else if (arg === '--remote-name') isRemote = true;
      if (valuedCurl.has(arg)) {
        const value = call.args[++at] ?? '';
        if (arg === '--url') urls.push(value);
        if (arg === '--output') output = value;
        if (arg === '--write-out') format = value;
      } else if (!flagsCurl.test(arg)) {
        call.err(`curl: option ${arg}: is unknown\n${usage}`);
        return 2;
      }
      continue;
    }
    for (let place = 1; place < arg.length; place++) {
      const letter = `-${arg[place]}`;
      if (letter === '-s') isSilent = true;
      if (letter === '-S') showsErrors = true;
      if (letter === '-O') isRemote = true;
      if (valuedCurl.has(letter)) {
        const value = arg.slice(place + 1) || (call.args[++at] ?? '');
        if (letter === '-o') output = value;
        if (letter === '-w') format = value;
        break;
      }
    }
  }
  if (urls.length === 0) {
    call.err(call.args.length === 0 ? usage : `curl: no URL specified!\n${usage}`);
    return 2;
  }
  let status = 0;
  for (const text of urls) {
    const target = targetOf(text);
    if (!target) {
      call.err('curl: (3) URL using bad/illegal format or missing URL\n');
      status = 3;
      continue;
    }
    const destination = output ?? (isRemote ? target.path.split('/').at(-1) || null : null);
    const isMetered =
      (destination !== null && destination !== '-') || !call.shell.descriptors.get(1)?.output?.isTerminal;
    const started = call.now;
    const outcome = await attempt(call, 'curl', target, destination);
    // The meter begins with the connection: a name that does not resolve has none.
    const line = '\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0';
    if (isMetered && !isSilent && outcome !== 'unresolved')
      call.err(
        `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n${line}${line}\n`,
      );
    const milliseconds = outcome === 'refused' ? 0 : call.now - started;
    const message =
      outcome === 'unresolved'
        ? `(6) Could not resolve host: ${target.host}`
        : outcome !== 'timeout'
          ? `(7) Failed to connect to ${target.host} port ${target.port} after ${milliseconds} ms: Couldn't connect to server`
          : `(28) Failed to connect to ${target.host} port ${target.port} after 129${String(call.now).slice(-3)} ms: Couldn't connect to server`;
    status = outcome === 'unresolved' ? 6 : outcome === 'timeout' ? 28 : 7;
    if (format !== '') call.out(writtenOut(format, target));
    if (!isSilent || showsErrors) call.err(`curl: ${message}\n`);
  }
  return status;
}

/** busybox `tftp`, `ftpget` and `ftpput`. */
async function tftp(call: Call): Promise<number> {
  const base = call.name.split('/').at(-1) as string;
  const options = getopt(
    call,
    base === 'tftp' ? 'gpl:r:b:' : 'vcu:p:P:',
    {},
    {
      help: `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: ${base === 'tftp' ? 'tftp [OPTIONS] HOST [PORT]' : `${base} [OPTIONS] HOST LOCAL_FILE REMOTE_FILE`}\n`,
    },
  );
  if (!options) return 1;
  const [host, ...rest] = options.rest;
  if (host === undefined) {
    call.err(`BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: ${base} [OPTIONS] HOST\n`);
    return 1;
  }
  const file = base === 'tftp' ? (options.get('r') ?? options.get('l') ?? '') : (rest.at(-1) ?? '');
  const target = targetOf(`${base === 'tftp' ? 'tftp' : 'ftp'}://${host}/${file.replace(/^\/+/, '')}`);
  if (!target) return call.fail(`bad address '${host}'`);
  const outcome = await attempt(call, base, target, base === 'tftp' ? (options.get('l') ?? file) : (rest[0] ?? file));
  if (outcome === 'unresolved') return call.fail(`bad address '${host}'`);
  return call.fail(base === 'tftp' ? 'timeout' : `can't connect to remote host (${host}): ${failureText[outcome]}`);
}

export const downloadCommands: CommandTable = {
  wget,
  curl,
  tftp,
  ftpget: tftp,
  ftpput: tftp,
  ssh,
  slogin: ssh,
  scp,
  sftp: scp,
  nc: connect,
  telnet: connect,
  ping,
  ping4: ping,
  ping6: ping,
};
