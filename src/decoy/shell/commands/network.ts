import { gatewayMac } from '../disk/proc-files.ts';
import { type Call, type CommandTable, getopt } from '../run/call.ts';
import { scaled } from './inputs.ts';

const loopback = { name: 'lo', mac: '00:00:00:00:00:00' };

function ip(call: Call): number {
  const flags = call.args.filter((arg) => /^-/.test(arg));
  const words = call.args.filter((arg) => !/^-/.test(arg));
  const [object = '', ...rest] = words;
  const network = call.persona.interfaces;
  const isShort = flags.some((flag) => /^-o|-oneline/.test(flag));
  const only4 = flags.includes('-4');
  const only6 = flags.includes('-6');
  const isBrief = flags.some((flag) => /^-br/.test(flag));
  if (object === '') {
    call.err(
      'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n       ip [ -force ] -batch filename\nwhere  OBJECT := { address | addrlabel | fou | help | ila | ioam | l2tp | link |\n                   macsec | maddress | monitor | mptcp | mroute | mrule |\n                   neighbor | neighbour | netconf | netns | nexthop | ntable |\n                   ntbl | route | rule | sr | stats | tap | tcpmetrics |\n                   token | tunnel | tuntap | vrf | xfrm }\n',
    );
    return 255;
  }
  const wanted = rest.filter((word) => !['show', 'list', 'ls', 'dev', 'sh', 's', 'l', 'up'].includes(word))[0];
  if ('address'.startsWith(object) || 'link'.startsWith(object)) {
    const isLink = 'link'.startsWith(object);
    const all = [null, ...network];
    const chosen = all.filter((each) => wanted === undefined || (each?.name ?? 'lo') === wanted);
    if (chosen.length === 0) {
      call.err(`Device "${wanted}" does not exist.\n`);
      return 1;
    }
    for (const each of chosen) {
      const number = all.indexOf(each) + 1;
      const name = each?.name ?? 'lo';
      const four = each ? `${each.address}/${each.prefix}` : '127.0.0.1/8';
      const six = each ? `${each.linkLocal}/64` : '::1/128';
      if (isBrief) {
        call.out(
          `${name.padEnd(16)} ${each ? 'UP             ' : 'UNKNOWN        '} ${isLink ? `${each?.mac ?? loopback.mac} <${each ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'LOOPBACK,UP,LOWER_UP'}>` : `${four} ${six}`} \n`,
        );
        continue;
      }
      if (isShort && !isLink) {
        if (!only6)
          call.out(
            `${number}: ${name}    inet ${four}${each ? ` brd ${each.broadcast} scope global ${name}` : ' scope host lo'}\\       valid_lft forever preferred_lft forever\n`,
          );
        if (!only4)
          call.out(
            `${number}: ${name}    inet6 ${six} scope ${each ? 'link' : 'host noprefixroute'} \\       valid_lft forever preferred_lft forever\n`,
          );
        continue;
      }
      call.out(
        each
          ? `${number}: ${name}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000\n`
          : `${number}: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n`,
      );
      if (!only4 && !only6)
        call.out(
          each
            ? `    link/ether ${each.mac} brd ff:ff:ff:ff:ff:ff\n`
            : '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n',
        );
      if (isLink) continue;
      if (!only6)
        call.out(
          each
            ? `    inet ${four} brd ${each.broadcast} scope global ${name}\n       valid_lft forever preferred_lft forever\n`
            : '    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n',
        );
      if (!only4)
        call.out(
          each
            ? `    inet6 ${six} scope link \n       valid_lft forever preferred_lft forever\n`
            : '    inet6 ::1/128 scope host \n       valid_lft forever preferred_lft forever\n',
        );
    }
    return 0;
  }
  if ('route'.startsWith(object)) {
    for (const each of network) {
      const net = `${each.address.split('.').slice(0, 3).join('.')}.0/${each.prefix}`;
      if (rest.includes('get')) {
        call.out(
          `${rest.at(-1)} via ${each.gateway} dev ${each.name} src ${each.address} uid ${call.actor.uid} \n    cache \n`,
        );
        continue;
      }
      call.out(`default via ${each.gateway} dev ${each.name} onlink \n`);
      if (!rest.includes('default')) call.out(`${net} dev ${each.name} proto kernel scope link src ${each.address} \n`);
    }
    return 0;
  }
  if ('neighbour'.startsWith(object) || 'neighbor'.startsWith(object)) {
    for (const each of network)
      call.out(`${each.gateway} dev ${each.name} lladdr ${gatewayMac(each.mac)} REACHABLE \n`);
    return 0;
  }
  if (object === 'rule') {
    call.out('0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n');
    return 0;
  }
  call.err(`Object "${object}" is unknown, try "ip help".\n`);
  return 1;
}

const iec = (bytes: number): string => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const { value, unit } = scaled(bytes, 1024, units);
  return `${value.toFixed(1)} ${units[unit]}`;
};

function ifconfig(call: Call): number {
  const wanted = call.args.find((arg) => !arg.startsWith('-'));
  const all = [...call.persona.interfaces, null];
  const chosen = all.filter((each) => wanted === undefined || (each?.name ?? 'lo') === wanted);
  if (chosen.length === 0) {
    call.err(`${wanted}: error fetching interface information: Device not found\n`);
    return 1;
  }
  for (const each of chosen) {
    const local = 4_182;
    const received = each ? [each.receivedPackets, each.receivedBytes] : [local, local * 91];
    const sent = each ? [each.sentPackets, each.sentBytes] : [local, local * 91];
    call.out(
      each
        ? `${each.name}: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet ${each.address}  netmask 255.255.255.0  broadcast ${each.broadcast}\n        inet6 ${each.linkLocal}  prefixlen 64  scopeid 0x20<link>\n        ether ${each.mac}  txqueuelen 1000  (Ethernet)\n`
        : 'lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536\n        inet 127.0.0.1  netmask 255.0.0.0\n        inet6 ::1  prefixlen 128  scopeid 0x10<host>\n        loop  txqueuelen 1000  (Local Loopback)\n',
    );
    call.out(
      `        RX packets ${received[0]}  bytes ${received[1]} (${iec(received[1] as number)})\n        RX errors 0  dropped 0  overruns 0  frame 0\n        TX packets ${sent[0]}  bytes ${sent[1]} (${iec(sent[1] as number)})\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n`,
    );
  }
  return 0;
}

const family = (protocol: string): string => protocol.replace('6', '');

const netstatUsage = `usage: netstat [-vWeenNcCF] [<Af>] -r         netstat {-V|--version|-h|--help}
       netstat [-vWnNcaeol] [<Socket> ...]
       netstat { [-vWeenNac] -i | [-cnNe] -M | -s [-6tuw] }
`;
const netstatFamilies = `    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) 
    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) 
    ddp (Appletalk DDP) x25 (CCITT X.25) 
`;

function netstat(call: Call): number {
  // What it does not know, and `-h`, brings the usage.
  const isUsage = call.args.some((arg) => arg === '--help' || /^-[a-zA-Z0-9]*[^-tulnpaerisWx46vcNogMCFZwSU]/.test(arg));
  if (isUsage) {
    call.out(netstatUsage);
    call.err(netstatFamilies);
    return 3;
  }
  const options = getopt(
    call,
    'tulnpaerisWx46vcNoglMCFZwSU',
    {
      tcp: 't',
      udp: 'u',
      listening: 'l',
      numeric: 'n',
      programs: 'p',
      all: 'a',
      route: 'r',
      extend: 'e',
      interfaces: 'i',
      statistics: 's',
    },
    { help: '' },
  );
  if (!options) return 3;
  if (options.has('r')) return route(call);
  if (options.has('i')) {
    call.out(
      `Kernel Interface table\nIface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n`,
    );
    for (const each of call.persona.interfaces)
      call.out(
        `${each.name.padEnd(8)} ${'1500'.padStart(5)} ${String(each.receivedPackets).padStart(8)}      0      0 0      ${String(each.sentPackets).padStart(8)}      0      0      0 BMRU\n`,
      );
    return 0;
  }
  const isListening = options.has('l');
  const isAll = options.has('a');
  const kinds = ['tcp', 'udp'].filter(
    (kind) => options.has(kind[0] as string) || (!options.has('t') && !options.has('u')),
  );
  call.out(
    `Active Internet connections (${isListening ? 'only servers' : isAll ? 'servers and established' : 'w/o servers'})\nProto Recv-Q Send-Q Local Address           Foreign Address         State      ${options.has('p') ? ' PID/Program name    ' : ''}\n`,
  );
  const row = (protocol: string, local: string, foreign: string, state: string, program: string): void =>
    call.out(
      `${protocol.padEnd(5)} ${'0'.padStart(6)} ${'0'.padStart(6)} ${local.padEnd(23)} ${foreign.padEnd(23)} ${state.padEnd(11)} ${options.has('p') ? `${program.padEnd(20)} ` : ''}\n`,
    );
  for (const each of call.persona.listeners.filter(({ protocol }) => kinds.includes(family(protocol)))) {
    if (!isListening && !isAll) continue;
    const six = each.protocol.endsWith('6');
    row(
      each.protocol,
      `${six && each.address === '::' ? '::' : each.address}:${each.port}`,
      six ? ':::*' : '0.0.0.0:*',
      each.protocol.startsWith('tcp') ? 'LISTEN' : '',
      call.actor.uid === 0 ? `${each.pid}/${each.program}` : '-',
    );
  }
  const { peerAddress, peerPort, localAddress, localPort } = call.machine.connection();
  const sshd = call.machine.session[0];
  if (!isListening && kinds.includes('tcp'))
    row(
      'tcp',
      `${localAddress}:${localPort}`,
      `${peerAddress}:${peerPort}`,
      'ESTABLISHED',
      `${sshd?.pid ?? 1}/${(sshd?.command ?? 'sshd').slice(0, 12)}`,
    );
  return 0;
}

function ss(call: Call): number {
  const options = getopt(call, 'tulnpaereismo46xHOK', {
    tcp: 't',
    udp: 'u',
    listening: 'l',
    numeric: 'n',
    processes: 'p',
    all: 'a',
    summary: 's',
  });
  if (!options) return 255;
  const kinds = ['tcp', 'udp'].filter(
    (kind) => options.has(kind[0] as string) || (!options.has('t') && !options.has('u')),
  );
  const isMixed = kinds.length > 1;
  const rows: string[][] = [
    [...(isMixed ? ['Netid'] : []), 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port', 'Process'],
  ];
  for (const each of call.persona.listeners
    .filter(({ protocol }) => kinds.includes(family(protocol)))
    .filter(() => options.has('l') || options.has('a')))
    rows.push([
      ...(isMixed ? [family(each.protocol)] : []),
      each.protocol.startsWith('tcp') ? 'LISTEN' : 'UNCONN',
      '0',
      each.protocol.startsWith('tcp') ? '128' : '0',
      `${each.protocol.endsWith('6') ? `[${each.address}]` : each.address}:${each.port}`,
      each.protocol.endsWith('6') ? '[::]:*' : '0.0.0.0:*',
      options.has('p') && call.actor.uid === 0 ? `users:(("${each.program}",pid=${each.pid},fd=3))` : '',
    ]);
  const { peerAddress, peerPort, localAddress, localPort } = call.machine.connection();
  if (!options.has('l') && kinds.includes('tcp'))
    rows.push([
      ...(isMixed ? ['tcp'] : []),
      'ESTAB',
      '0',
      '0',
      `${localAddress}:${localPort}`,
      `${peerAddress}:${peerPort}`,
      '',
    ]);
  const last = (rows[0] as string[]).length - 1;
  if (rows.length === 1) {
    call.out(`${isMixed ? 'Netid ' : ''}State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n`);
    return 0;
  }
  const widths = (rows[0] as string[]).map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] as string).length)),
  );
  const { isTerminal = false } = call.shell.descriptors.get(1)?.output ?? {};
  for (const cells of rows)
    call.out(
      `${cells
        .map((cell, column) =>
          column === last
            ? cell
            : /:/.test(rows[0]?.[column] ?? '') && column === last - 2
              ? cell.padStart(widths[column] as number)
              : cell.padEnd(widths[column] as number),
        )
        .join(' ')
        .replace(/ Process$/, isTerminal ? ' Process' : 'Process')
        .trimEnd()}\n`,
    );
  return 0;
}

function route(call: Call): number {
  call.out('Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n');
  for (const each of call.persona.interfaces) {
    const net = `${each.address.split('.').slice(0, 3).join('.')}.0`;
    call.out(
      `${'0.0.0.0'.padEnd(15)} ${each.gateway.padEnd(15)} ${'0.0.0.0'.padEnd(15)} UG    0      0        0 ${each.name}\n${net.padEnd(15)} ${'0.0.0.0'.padEnd(15)} ${'255.255.255.0'.padEnd(15)} U     0      0        0 ${each.name}\n`,
    );
  }
  return 0;
}

function arp(call: Call): number {
  const isNumeric = call.args.some((arg) => /^-[a-z]*a/.test(arg));
  if (!isNumeric) call.out('Address                  HWtype  HWaddress           Flags Mask            Iface\n');
  for (const each of call.persona.interfaces)
    call.out(
      isNumeric
        ? `? (${each.gateway}) at ${gatewayMac(each.mac)} [ether] on ${each.name}\n`
        : `${each.gateway.padEnd(24)} ether   ${gatewayMac(each.mac)}   C                     ${each.name}\n`,
    );
  return 0;
}

export const networkCommands: CommandTable = { ip, ifconfig, netstat, ss, route, arp };
