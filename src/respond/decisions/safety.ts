import type { DecisionKind } from '../../model/index.ts';
import { type Network, outermost, overlap, readNetwork } from './network.ts';

/*
 * What may be blocked at all. A pure function of the proposal and of what is known now; everything that leads to a block
 * asks it, a person's click included. It is asked again before anything is written.
 */

/** Longest time to live: seven days. */
export const longestSeconds = 7 * 86_400;
/** Widest ranges. */
const widest = { 4: 24, 6: 48 } as const;
/** A single IPv6 source has as many addresses as it likes inside this prefix. */
const sourcePrefix = 64;

export interface Proposal {
  kind: DecisionKind;
  /** As it was given: an address or a range. */
  target: string;
  /** How long it holds; absent or null is refused. */
  ttlSeconds: number | null;
  /** Which time this is that the target is blocked, from 1: the time to live doubles with each. */
  strike: number;
  evidence: {
    /** A person (or a playbook step that one approved) answers for it: the two below do not matter. */
    byPerson: boolean;
    /** At least one alert or event behind it may have been forged: syslog over UDP, a clock that is off. */
    forgeable: boolean;
    /** It rests on old events. */
    historical: boolean;
  };
}

/** What must be known of this machine and its people. Texts that are no address or range are ignored. */
export interface Protected {
  own: readonly string[];
  gateways: readonly string[];
  resolvers: readonly string[];
  /** From where people and programs with a credential have called. */
  peers: readonly string[];
  /** The allow-list. */
  allowed: readonly string[];
  /** Private, unique local and link-local addresses may be blocked. */
  allowPrivate: boolean;
}

/** How many new ones there were in the last minute, and how many there may be. */
export interface Breaker {
  recent: number;
  mostPerMinute: number;
}

export type Refusal =
  | 'target'
  | 'ttl'
  | 'wide'
  | 'special'
  | 'own'
  | 'gateway'
  | 'resolver'
  | 'peer'
  | 'allowed'
  | 'private'
  | 'evidence'
  | 'breaker';

export type Judgement =
  | { ok: true /** Canonical; an IPv6 source as its prefix. */; target: string; ttlSeconds: number }
  | { ok: false; refusal: Refusal /** In a sentence. */; why: string; target: string };

const networksOf = (texts: readonly string[]): Network[] =>
  texts.flatMap((text) => {
    const found = readNetwork(text.includes('%') ? text.slice(0, text.indexOf('%')) : text);
    return found === null ? [] : [found];
  });

/** Loopback, unspecified, multicast, reserved, and IPv6 ranges that stand for IPv4 ones. */
const special = networksOf([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/95',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  'ff00::/8',
]);
const internal = networksOf([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]);

/** Of this machine, of a private network or of nobody: no address of the internet. */
export function isInternal(address: string): boolean {
  const read = readNetwork(address);
  return read === null || [...special, ...internal].some((network) => overlap(network, read));
}

/** The target as it would be enforced: canonical, an IPv6 source widened to its prefix. Null: it is no address or range. */
export function enforcedTarget(text: string): Network | null {
  const read = readNetwork(text);
  if (read === null || read.family === 4 || read.bits <= sourcePrefix) return read;
  const [base] = read.text.split('/');
  return readNetwork(`${base}/${sourcePrefix}`);
}

/** `ttl` doubled for each time the target was blocked before; never more than the longest. */
export function escalated(ttlSeconds: number, strike: number): number {
  return Math.min(longestSeconds, ttlSeconds * 2 ** Math.min(20, Math.max(0, strike - 1)));
}

/** Whether it may be decided. `alert` and `allow` enforce nothing: only their form is looked at. */
export function judge(proposal: Proposal, known: Protected, breaker: Breaker): Judgement {
  const { kind, target: given, ttlSeconds, strike, evidence } = proposal;
  const no = (refusal: Refusal, why: string, target = given): Judgement => ({ ok: false, refusal, why, target });
  const target = enforcedTarget(given);
  if (target === null) return no('target', 'It is neither an IPv4 or IPv6 address nor a range in CIDR notation.');
  if (ttlSeconds === null || !Number.isFinite(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > longestSeconds)
    return no('ttl', `Every decision ends: it needs a time to live of 1 second to ${longestSeconds / 86_400} days.`);
  const taken: Judgement = { ok: true, target: target.text, ttlSeconds: Math.ceil(escalated(ttlSeconds, strike)) };
  if (kind === 'alert' || kind === 'allow') return taken;
  const refused = protection(known)(target);
  if (refused !== null) return no(refused.refusal, refused.why, target.text);
  if (!evidence.byPerson && evidence.historical)
    return no(
      'evidence',
      'It rests on events that were old when they came. They are shown and never acted on.',
      target.text,
    );
  if (!evidence.byPerson && evidence.forgeable)
    return no(
      'evidence',
      'Its evidence may have been forged: syslog from a sender that nobody vouches for, or a clock that is off.',
      target.text,
    );
  if (breaker.recent >= breaker.mostPerMinute)
    return no(
      'breaker',
      `The circuit breaker is open: ${breaker.recent} new ones in the last minute, ${breaker.mostPerMinute} are allowed.`,
      target.text,
    );
  return taken;
}

/** Says of a target why it must not be blocked, whoever asks for it; null: nothing speaks against it. Reads what is known once. */
export function protection(known: Protected): (target: Network) => { refusal: Refusal; why: string } | null {
  const allowed = networksOf(known.allowed);
  const named = (
    [
      ['own', known.own, 'an address of this machine'],
      ['gateway', known.gateways, 'a gateway of this machine'],
      ['resolver', known.resolvers, 'a name server of this machine'],
      ['peer', known.peers, 'where somebody logged in to Phosor works from'],
    ] as const
  ).map(([refusal, texts, what]) => ({ refusal, networks: networksOf(texts), what }));
  return (target) => {
    const found = (networks: readonly Network[]) => networks.find((each) => overlap(each, target));
    const hit = found(allowed);
    if (hit !== undefined) return { refusal: 'allowed', why: `${hit.text} is on the allow-list, which always wins.` };
    if (target.bits < widest[target.family])
      return {
        refusal: 'wide',
        why: `/${target.bits} is too wide: at most /${widest[target.family]} of IPv${target.family} is blocked at once.`,
      };
    const reserved = found(special);
    if (reserved !== undefined)
      return { refusal: 'special', why: `${reserved.text} is loopback, multicast or reserved: it is never blocked.` };
    for (const { refusal, networks, what } of named) {
      const own = found(networks);
      if (own !== undefined) return { refusal, why: `${own.text} is ${what}: it is never blocked.` };
    }
    const inner = known.allowPrivate ? undefined : found(internal);
    if (inner !== undefined)
      return {
        refusal: 'private',
        why: `${inner.text} is a private network. Set response.allowPrivate where inner addresses may be blocked.`,
      };
    return null;
  };
}

/** What an enforcer lets through before it looks at anything else: the kernel keeps to it as well. No overlaps. */
export const acceptedFirst = ({ own, gateways, resolvers, peers, allowed }: Protected): Network[] =>
  outermost(networksOf([...own, ...gateways, ...resolvers, ...peers, ...allowed]));
