/* Lines of attacks as their senders write them now. */

/** RFC 5424 time so many seconds before now. */
export const stamp = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();

export const failure = (user: string, ip: string, secondsAgo: number): string =>
  `<38>1 ${stamp(secondsAgo)} web01 sshd 4711 - - Failed password for invalid user ${user} from ${ip} port 40022 ssh2`;

/** A packet that UFW stopped or let through. */
export const packet = (ip: string, port: number, secondsAgo: number, action = 'BLOCK', protocol = 'TCP'): string =>
  `<4>1 ${stamp(secondsAgo)} fw01 kernel - - - [UFW ${action}] IN=eth0 OUT= SRC=${ip} DST=192.0.2.10 LEN=40 TTL=64 ID=1 ` +
  `PROTO=${protocol} SPT=40000 DPT=${port} WINDOW=1024 RES=0x00 SYN URGP=0`;

export const each = (count: number, make: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i));
