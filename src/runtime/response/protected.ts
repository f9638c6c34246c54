import type { Network } from '../../respond/decisions/network.ts';
import { overlap, readNetwork } from '../../respond/decisions/network.ts';
import { type Protected, protection } from '../../respond/decisions/safety.ts';
import type { ResponseState } from '../../serve/decisions/types.ts';
import { writeIfPossible } from '../../store/contract.ts';
import type { ResponseOptions } from './options.ts';

const hourMs = 3_600_000;
/** This machine's addresses are looked at so often. */
const freshMs = 2000;
/** The same caller is written down so often. */
const callerMs = 600_000;

type Options = Pick<ResponseOptions, 'config' | 'state' | 'machine' | 'now'>;

interface Known {
  at: number;
  key: string;
  known: Protected;
  check: ReturnType<typeof protection>;
}

/** What must not be blocked now. */
export class ProtectedAddresses {
  readonly #options: Options;
  readonly #callers = new Map<string, number>();
  #known: Known | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  get known(): Protected {
    return this.#look().known;
  }

  /** Another text whenever something else is protected. */
  get key(): string {
    return this.#look().key;
  }

  /** Why a target must not be blocked; null: nothing speaks against it. */
  check(target: Network): { why: string } | null {
    return this.#look().check(target);
  }

  /** Something was changed: it is looked at anew. */
  changed(): void {
    this.#known = null;
  }

  list(): ResponseState['protected'] {
    const { own, gateways, resolvers } = this.#options.machine();
    const { response, syslog, proxy } = this.#options.config();
    const named = (networks: readonly string[], why: ResponseState['protected'][number]['why']) =>
      networks.flatMap((text) => {
        const network = readNetwork(text.replace(/%.*$/, ''));
        return network === null ? [] : [{ network: network.text, why }];
      });
    return [
      ...named(own, 'own'),
      ...named(gateways, 'gateway'),
      ...named(resolvers, 'resolver'),
      ...named(this.#peers(), 'peer'),
      ...named([...response.allowed, ...syslog.trustedRelays, ...proxy.trusted], 'configuration'),
    ];
  }

  /** @returns whether one of them is protected only since now */
  sawCaller(addresses: readonly string[], who: string): boolean {
    const at = this.#options.now();
    let isNew = false;
    for (const address of addresses) {
      if (at - (this.#callers.get(address) ?? Number.NEGATIVE_INFINITY) < callerMs) continue;
      const network = readNetwork(address);
      if (network === null) continue;
      if (this.#callers.size > 10_000) this.#callers.clear();
      this.#callers.set(address, at);
      // A full disk fails no request: it is noted with a later one.
      if (!writeIfPossible(() => this.#options.state.decisions.peers.see(network.text, who, at)))
        this.#callers.delete(address);
      this.#known = null;
      isNew = true;
    }
    return isNew;
  }

  /** Whether somebody vouches for what a syslog source says: it is this machine, a trusted relay, or a trusted source. */
  isVouched(source: string): boolean {
    const { state, config } = this.#options;
    const sender = readNetwork(source.replace(/^syslog_/, ''));
    const trusted = ['127.0.0.0/8', '::1', ...config().syslog.trustedRelays].flatMap((text) => readNetwork(text) ?? []);
    if (sender !== null && trusted.some((each) => overlap(each, sender))) return true;
    return state.sources.list().some(({ name, trusted: isTrusted }) => name === source && isTrusted);
  }

  #peers(): string[] {
    const { state, config, now } = this.#options;
    return state.decisions.peers.list(now() - config().response.peerHours * hourMs).map(({ address }) => address);
  }

  #look(): Known {
    const { state, config, machine, now } = this.#options;
    const at = now();
    if (this.#known !== null && at - this.#known.at < freshMs && at >= this.#known.at) return this.#known;
    const { response, syslog, proxy } = config();
    const known: Protected = {
      ...machine(),
      peers: [...this.#peers(), ...proxy.trusted],
      allowed: [
        ...response.allowed,
        ...syslog.trustedRelays,
        ...state.decisions.allowed.list().map(({ network }) => network),
      ],
      allowPrivate: response.allowPrivate,
    };
    this.#known = { at, key: JSON.stringify(known), known, check: protection(known) };
    return this.#known;
  }
}
