import { randomUUID } from 'node:crypto';
import type { Alert } from '../model/index.ts';
import type { IncidentControl } from '../serve/incidents/messages.ts';
import type { IncidentRow } from '../store/contract.ts';
import type { DeskOptions } from './desk.ts';
import { eachStoredAlert } from './stored-alerts.ts';
import { touchedMs } from './touched.ts';

/** The same address is not looked up again within this time. */
const againAfterMs = 24 * 3_600_000;
const rememberedAddresses = 10_000;
/** At a time; of what waits beyond that the alert is there all the same, without the history. */
const mostWaiting = 500;
const mostIncidents = 50;
const mostValues = 8;
const author = 'Phosor';

/**
 * Whoever touches a decoy: what the last 30 days hold of that address is looked up once, and the incident of the touch
 * tells it. Open incidents that are about this address alone become one with it.
 */
export function startPromotion({
  state,
  events,
  bus,
  now,
  log,
  incidents,
}: Pick<DeskOptions, 'state' | 'events' | 'bus' | 'now' | 'log'> & { incidents: IncidentControl }): {
  settle(): Promise<void>;
  stop(): Promise<void>;
} {
  const known = new Map<string, number>();
  let waiting = 0;
  let isStopped = false;
  let working: Promise<void> = Promise.resolve();

  const unsubscribe = eachStoredAlert(bus, (ids) => {
    for (const id of ids) {
      const alert = state.alerts.byId(id);
      const touch =
        alert?.historical === false ? alert.events.find(({ source_type }) => source_type === 'decoy') : null;
      const address = touch?.src_ip;
      if (alert === null || !address || (known.get(address) ?? 0) > now() - againAfterMs || waiting >= mostWaiting)
        continue;
      known.delete(address);
      known.set(address, now());
      for (const oldest of known.keys()) {
        if (known.size <= rememberedAddresses) break;
        known.delete(oldest);
      }
      waiting += 1;
      working = working
        .then(() => (isStopped ? undefined : promote(alert, address)))
        .catch((error: Error) => log('warn', `What is known of ${address} could not be added: ${error.message}`))
        .finally(() => {
          waiting -= 1;
        });
    }
  });

  async function promote(alert: Alert, address: string): Promise<void> {
    const id = await incidentOf(alert.id);
    if (id === null) return;
    const history = await historyOf(address);
    const from = now() - touchedMs;
    const naming = { entity: { kind: 'address' as const, value: address }, from };
    const others = state.incidents
      .list(naming, mostIncidents, null, 'oldest')
      .incidents.filter((incident) => incident.id !== id);
    const isItsOwn = ({ facts, status }: IncidentRow): boolean => status !== 'closed' && facts.counts.address === 1;
    const joined = others.filter(isItsOwn);
    for (const other of joined) incidents.merge(id, other.id, author, null);
    const named = others.filter((incident) => !isItsOwn(incident));
    const text = [
      `${address} was in a decoy. Nobody has business there: it counts as hostile in every rule for 30 days.`,
      history,
      ...(joined.length > 0 ? [`Joined: ${joined.map(({ title }) => title).join('; ')}.`] : []),
      ...(named.length > 0
        ? [
            `Named as well in: ${named.map(({ title, status }) => `${title} (${status.replace('_', ' ')})`).join('; ')}.`,
          ]
        : []),
    ].join('\n');
    state.incidents.notes.put({
      id: randomUUID(),
      incident_id: id,
      author,
      text,
      created_at: now(),
      edited_at: null,
    });
    incidents.worked(id, null, author, {});
  }

  /** The intake takes alerts in turns: this one may not be in an incident yet. */
  async function incidentOf(alertId: string): Promise<string | null> {
    for (let attempt = 0; attempt < 100 && !isStopped; attempt += 1) {
      const id = state.incidents.member(alertId)?.incident_id;
      if (id !== undefined) return id;
      await new Promise((next) => setTimeout(next, 50));
    }
    return null;
  }

  async function historyOf(address: string): Promise<string> {
    const filter = {
      from: now() - touchedMs,
      where: [{ field: 'src_ip' as const, op: 'in' as const, values: [address] }],
    };
    const count = await events.count(filter);
    if (count === 0) return 'Nothing else is stored of the last 30 days.';
    const [first] = (await events.page(filter, 1, null, 'oldest')).events;
    const list = async (field: 'event_type' | 'host' | 'user', name: string): Promise<string> => {
      const found = (await events.top(filter, field, mostValues)).filter(({ value }) => value !== '');
      return found.length === 0 ? '' : ` ${name}: ${found.map((one) => `${one.value} (${one.count})`).join(', ')}.`;
    };
    const told = [await list('event_type', 'Kinds'), await list('host', 'Hosts'), await list('user', 'Users')].join('');
    return `Of the last 30 days ${count} events are stored, the first of ${first?.time?.slice(0, 16).replace('T', ' ')}.${told}`;
  }

  return {
    settle: () => working,
    async stop() {
      isStopped = true;
      unsubscribe();
      await working;
    },
  };
}
