import { networkInterfaces } from 'node:os';
import { addressWords, isExternal, isExternalText, readAddress, writeNetwork } from '../../enrich/address.ts';
import { IntelLookup } from '../../enrich/intel/tables.ts';
import type { Services } from '../../serve/contract.ts';
import { RefusedError } from '../../serve/contract.ts';
import type { IntelControl, IntelSummary } from '../../serve/intel/types.ts';
import type { DeskOptions } from '../desk.ts';
import { ownSource } from '../source-health.ts';
import { createAskers } from './askers.ts';
import { AutomaticAsker } from './automatic.ts';
import { buildTables } from './build.ts';
import { buildAside } from './build-thread.ts';
import { describeGeoFiles, openGeo } from './geo-files.ts';
import { IntelLists } from './lists.ts';
import { ReputationDesk } from './reputation.ts';

/** Well known, harmless, and known to all providers. */
const testAddress = '8.8.8.8';

export interface Intel {
  services: Pick<Services, 'reputation' | 'intel'>;
  /** What was switched on before is matched. Never rejects. */
  ready: Promise<unknown>;
  apply(): void;
  stop(): void;
}

/** Threat intelligence beside the data's way: lists that the pipeline matches, and providers that are asked about addresses. */
export function startIntel(options: DeskOptions): Intel {
  const { dataDir, state, pipeline, bus, now, log, config } = options;
  const geo = openGeo(options.geo);
  const summary: IntelSummary = { networks: 0, built_at: null, build_ms: null, problem: null, waiting: 0, skipped: 0 };
  let lookup: IntelLookup | null = null;

  /* ---------- lists ---------- */

  const lists = new IntelLists({
    state,
    dataDir,
    now,
    log,
    allowPrivate: () => config().intel.allowPrivateLists,
    onChange: () => void rebuild(),
  });
  const ownAddresses = (): string[] =>
    Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));

  /** One at a time; what changes meanwhile is put together after it. */
  let building: Promise<void> | null = null;
  let again = false;
  function rebuild(): Promise<void> {
    if (building !== null) {
      again = true;
      return building;
    }
    building = build().finally(() => {
      building = null;
      if (!again) return;
      again = false;
      return rebuild();
    });
    return building;
  }

  async function build(): Promise<void> {
    try {
      const allowed = [...ownAddresses(), ...state.intel.allowed().map(({ network }) => network)];
      const order = { ...lists.order(), allowed };
      // Without lists there is nothing that a thread would be worth.
      const built = lists.isEmpty ? buildTables(order) : await buildAside(order);
      lists.note(built.lists);
      Object.assign(summary, {
        networks: built.tables.networks,
        built_at: now(),
        build_ms: Math.round(built.ms),
        problem: null,
      });
      const isEmpty = built.tables.networks === 0;
      lookup = isEmpty ? null : new IntelLookup(built.tables);
      pipeline.setIntel(isEmpty ? null : built.tables);
    } catch (error) {
      summary.problem = error instanceof Error ? error.message : String(error);
      log('error', `The lists of known addresses cannot be put together: ${summary.problem} The former ones stay.`);
    }
  }
  const ready = rebuild().then(() => lists.begin());

  /* ---------- providers ---------- */

  const { askers, setKey } = createAskers({ state, config, now, log, onKeys: () => watch() });
  const reputation = new ReputationDesk({
    state,
    askers,
    hit: (address) => lookup?.find(address) ?? null,
    geo,
    now,
    log,
  });
  const allowedBy = (address: string): string | null => {
    const words = addressWords();
    const kind = readAddress(address, words);
    return state.intel.allowed().find(({ network }) => kind !== 0 && holds(network, kind, words))?.network ?? null;
  };
  const automatic = new AutomaticAsker({
    log,
    askers,
    ask: (address, who, only) => reputation.ask(address, who, true, only),
    wanted: () => config().intel.ask,
    isAllowed: (address) => allowedBy(address) !== null,
    tell: (report) => pipeline.tell(ownSource, [JSON.stringify(report)]),
    now,
  });
  const unsubscribe = bus.subscribe((message) => {
    if (message.type === 'alert') automatic.alert(message.alert);
  }, false);
  pipeline.onTick(({ addresses, addressesLeft }) => {
    if (addresses.length > 0) automatic.events(addresses, addressesLeft);
  });
  /** The pipeline notices addresses only while somebody is asked about them. */
  function watch(): void {
    const { ask } = config().intel;
    pipeline.watchAddresses(
      ask === 'events' && askers.some((asker) => asker.hasKey && asker.provider.source !== 'virustotal'),
    );
  }
  watch();

  /* ---------- for people ---------- */

  const control: IntelControl = {
    summary: () => ({ ...summary, waiting: automatic.waiting, skipped: automatic.skipped }),
    lists: () => lists.views(),
    addList: (list) => lists.add(list),
    uploadList: (id, list, text) => lists.upload(id, list, text),
    changeList: (id, change) => lists.change(id, change),
    removeList: (id) => lists.remove(id),
    fetchList: async (id) => {
      await lists.fetchNow(id);
      await rebuild();
      return lists.views().find((list) => list.id === id) ?? refuse(`There is no list "${id}".`);
    },
    allowed: () => state.intel.allowed(),
    allow(network, reason, by) {
      const allowed = { network: canonical(network), reason, by, created_at: now() };
      state.intel.allow(allowed);
      void rebuild();
      return allowed;
    },
    disallow(network) {
      const was = state.intel.disallow(network);
      if (was) void rebuild();
      return was;
    },
    providers: () => askers.map((asker) => asker.view()),
    setKey,
    async test(source) {
      const asker = askers.find(({ provider }) => provider.source === source);
      if (asker === undefined) return refuse(`There is no provider "${source}".`);
      const { answer, note } = await asker.ask(testAddress, 'person');
      return answer === null
        ? { ok: false, message: note }
        : {
            ok: true,
            message: `${asker.provider.name} answers. Of ${testAddress} it says: ${summaryOf(answer.document)}`,
          };
    },
    databases: () =>
      describeGeoFiles(options.geo).map(({ path, ...file }) => ({ name: path.split('/').pop() ?? path, ...file })),
    place: (address) => geo?.(address) ?? null,
    async facts(address, ask) {
      const words = addressWords();
      if (readAddress(address, words) === 0) return refuse(`"${address}" is no IPv4 or IPv6 address.`);
      return {
        address,
        external: isExternalText(address),
        allowed: allowedBy(address),
        geo: geo?.(address) ?? null,
        hit: lookup?.find(address) ?? null,
        reputation: ask ? await reputation.of(address) : reputation.known(address),
      };
    },
  };

  return {
    services: { reputation, intel: control },
    ready,
    apply: watch,
    stop() {
      unsubscribe();
      automatic.stop();
      reputation.stop();
      lists.stop();
      for (const asker of askers) asker.stop();
    },
  };
}

function refuse(sentence: string): never {
  throw new RefusedError(sentence);
}

const summaryOf = (document: unknown): string =>
  (document as { verdict?: { summary?: string } }).verdict?.summary ?? 'nothing.';

/** A network as it is stored. Refuses what would switch matching off for half the Internet. */
function canonical(network: string): string {
  const words = addressWords();
  const [address = '', length, more] = network.trim().split('/');
  const kind = readAddress(address, words);
  const whole = kind === 4 ? 32 : 128;
  const bits = length === undefined ? whole : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (kind === 0 || more !== undefined || bits < 0 || bits > whole)
    return refuse(`"${network}" is no address or network. Write 203.0.113.7 or 203.0.113.0/24.`);
  if (!isExternal(kind, words)) return refuse(`${network} is private or reserved: no list matches it anyway.`);
  if (bits < (kind === 4 ? 8 : 16)) return refuse(`${network} is too wide. Allow at most a /8 (IPv6: /16).`);
  return writeNetwork(kind, words, bits);
}

function holds(network: string, kind: 4 | 6, words: Uint32Array): boolean {
  const [base = '', length] = network.split('/');
  const own = addressWords();
  if (readAddress(base, own) !== kind) return false;
  const bits = length === undefined ? (kind === 4 ? 32 : 128) : Number(length);
  return writeNetwork(kind, words, bits) === writeNetwork(kind, own, bits);
}
