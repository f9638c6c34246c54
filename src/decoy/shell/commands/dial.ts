import { type Call, getopt } from '../run/call.ts';
import { failureMs, failureOf, failureText } from '../run/reach.ts';

const sshUsage = `usage: ssh [-46AaCfGgKkMNnqsTtVvXxYy] [-B bind_interface]
           [-b bind_address] [-c cipher_spec] [-D [bind_address:]port]
           [-E log_file] [-e escape_char] [-F configfile] [-I pkcs11]
           [-i identity_file] [-J [user@]host[:port]] [-L address]
           [-l login_name] [-m mac_spec] [-O ctl_cmd] [-o option] [-p port]
           [-Q query_option] [-R address] [-S ctl_path] [-W host:port]
           [-w local_tun[:remote_tun]] destination [command [argument ...]]
`;
const scpUsage = `usage: scp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
           [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
           [-P port] [-S program] [-X sftp_option] source ... target
`;

async function dial(call: Call, host: string, port: number): Promise<number> {
  call.machine.report({ type: 'connect', tool: call.name.split('/').at(-1) as string, host, port });
  const failure = failureOf(call.machine, host);
  await call.machine.wait(failureMs[failure]);
  if (failure === 'unresolved') call.err(`ssh: Could not resolve hostname ${host}: ${failureText.unresolved}\r\n`);
  else call.err(`ssh: connect to host ${host} port ${port}: ${failureText[failure]}\r\n`);
  return 255;
}

export function ssh(call: Call): number | Promise<number> {
  const options = getopt(
    call,
    '46AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:p:Q:R:S:W:w:',
    {},
    { stopAtFirst: true, help: sshUsage },
  );
  if (!options) return 255;
  if (options.has('V')) {
    call.err(`${call.persona.sshVersion.replace(' ', ' ')}, OpenSSL 3.0.17 1 Jul 2025\n`);
    return 0;
  }
  const host = options.rest[0]?.split('@').at(-1);
  if (host === undefined) {
    call.err(sshUsage);
    return 255;
  }
  return dial(call, host, Number(options.get('p') ?? 22));
}

export async function scp(call: Call): Promise<number> {
  const options = getopt(call, '346ABCOpqRrsTvtfdc:D:F:i:J:l:o:P:S:X:', {}, { help: scpUsage });
  if (!options) return 1;
  if (options.rest.length < 2) {
    call.err(scpUsage);
    return 1;
  }
  const remote = options.rest.find((name) => /^[^/]+:/.test(name));
  if (remote === undefined) return call.run(['cp', ...options.rest]);
  const host = (remote.split(':')[0] as string).split('@').at(-1) as string;
  if (remote !== options.rest.at(-1))
    call.machine.report({
      type: 'download',
      tool: 'scp',
      url: `scp://${host}/${remote.slice(remote.indexOf(':') + 1).replace(/^\//, '')}`,
      destination: options.rest.at(-1) ?? null,
    });
  await dial(call, host, Number(options.get('P') ?? 22));
  call.err('scp: Connection closed\n');
  return 255;
}

/** `nc`, `telnet` and the like, where busybox brings them. */
export async function connect(call: Call): Promise<number> {
  const rest = call.args.filter((arg, at) => !arg.startsWith('-') && !/^-[wpesio]$/.test(call.args[at - 1] ?? ''));
  const [host, port] = rest;
  if (host === undefined) {
    call.err(
      `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.\n\nUsage: ${call.name} [OPTIONS] HOST PORT\n`,
    );
    return 1;
  }
  call.machine.report({
    type: 'connect',
    tool: call.name.split('/').at(-1) as string,
    host,
    port: port === undefined ? null : Number(port) || null,
  });
  const failure = failureOf(call.machine, host);
  await call.machine.wait(failureMs[failure]);
  if (failure === 'unresolved') return call.fail(`bad address '${host}'`);
  return call.fail(`can't connect to remote host (${host}): ${failureText[failure]}`);
}

export async function ping(call: Call): Promise<number> {
  const options = getopt(
    call,
    'c:W:w:i:s:t:I:qn46bfvADLOPRUVhM:p:Q:S:T:l:m:',
    {},
    { help: '\nUsage\n  ping [options] <destination>\n' },
  );
  if (!options) return 2;
  const [host] = options.rest;
  if (host === undefined) {
    call.err('ping: usage error: Destination address required\n');
    return 1;
  }
  call.machine.report({ type: 'connect', tool: 'ping', host, port: null });
  const isAddress = /^[\d.]+$|:/.test(host);
  const own =
    host === 'localhost' || host === '127.0.0.1' || call.persona.interfaces.some(({ address }) => address === host);
  if (!isAddress && !own) {
    await call.machine.wait(60);
    return call.fail(`${host}: Temporary failure in name resolution`, 2);
  }
  const count = Math.min(Number(options.get('c') ?? 4) || 1, 20);
  call.out(`PING ${host} (${own ? '127.0.0.1' : host}) 56(84) bytes of data.\n`);
  for (let at = 1; at <= count; at++) {
    if (own)
      call.out(
        `64 bytes from ${host === 'localhost' ? 'localhost (127.0.0.1)' : host}: icmp_seq=${at} ttl=64 time=0.0${30 + Math.floor(call.machine.options.random() * 50)} ms\n`,
      );
    if (at < count) await call.machine.wait(1000);
  }
  if (!own) await call.machine.wait(1000);
  call.out(
    `\n--- ${host} ping statistics ---\n${count} packets transmitted, ${own ? count : 0} received, ${own ? 0 : 100}% packet loss, time ${(count - 1) * 1011}ms\n${own ? 'rtt min/avg/max/mdev = 0.031/0.047/0.068/0.012 ms' : ''}\n`,
  );
  return own ? 0 : 1;
}
