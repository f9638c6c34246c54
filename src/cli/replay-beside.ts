import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Alert, RuleDoc } from '../model/index.ts';
import type { ReplayState } from '../store/contract.ts';
import { ReplayFolder } from '../store/replays/folder.ts';
import { CommandError } from './command.ts';
import type { LocalServer } from './local-server.ts';

/** What is read of a replay that the server answers. */
export interface EndedReplay {
  id: string;
  name: string;
  rules: number;
  events: number;
  state: ReplayState;
  note: string | null;
}

export interface BesideOptions {
  dataDir: string;
  from: number | null;
  to: number | null;
  /** Rules that run beside those in force, or alone. */
  rules: readonly RuleDoc[];
  alone: boolean;
  /** Under which the result is kept; null: it is not. */
  save: string | null;
  onProgress: (events: number) => void;
  /** Called once it is over, before the first alert. */
  onEnd: (told: EndedReplay) => void;
}

const pollMs = 250;
const pageSize = 500;

/** Lets a running Phosor replay its history, and yields what it found, oldest first. */
export async function* replayBeside(server: LocalServer, options: BesideOptions): AsyncGenerator<Alert> {
  const { from, to, save, dataDir, rules, alone } = options;
  const asked = {
    name: save ?? 'phosor replay --history',
    ...(from !== null && { from }),
    ...(to !== null && { to }),
    keep: save !== null,
    rules: alone ? 'none' : 'current',
    extra_rules: rules.map(({ id, name, description, type, config, severity }) => {
      return { id, name, description, type, config, severity };
    }),
  };
  const { id } = await server.ask<EndedReplay>('POST', '/api/replays', asked);
  const leave = (): void => {
    // What nobody waits for any more is not run to its end.
    void server.ask('DELETE', `/api/replays/${id}`).finally(() => process.exit(130));
  };
  process.once('SIGINT', leave);
  let isKept = false;
  try {
    const over = await ended(server, id, options.onProgress);
    if (over.state === 'failed') throw new CommandError(over.note ?? 'The replay failed.');
    isKept = save !== null;
    options.onEnd(over);
    yield* alertsOf(new ReplayFolder(join(dataDir, 'replays')), id);
  } finally {
    process.off('SIGINT', leave);
    if (!isKept) await server.ask('DELETE', `/api/replays/${id}`);
  }
}

async function ended(server: LocalServer, id: string, onProgress: (events: number) => void): Promise<EndedReplay> {
  for (;;) {
    const told = await server.ask<EndedReplay>('GET', `/api/replays/${id}`);
    onProgress(told.events);
    if (told.state !== 'running') return told;
    await sleep(pollMs);
  }
}

/** By time, then by rule, as a replay of the same alerts prints them. */
function* alertsOf(folder: ReplayFolder, id: string): Generator<Alert> {
  let after: string | null = null;
  let together: Alert[] = [];
  do {
    const page = folder.read(id, ({ alerts }) => alerts.list({}, pageSize, after, 'oldest'));
    if (page === null) throw new CommandError('The result of the replay is gone: somebody has deleted it.');
    for (const alert of page.alerts) {
      if (together[0] !== undefined && together[0].time !== alert.time) {
        yield* inOrder(together);
        together = [];
      }
      together.push(alert);
    }
    after = page.next;
  } while (after !== null);
  yield* inOrder(together);
}

const inOrder = (alerts: Alert[]): Alert[] =>
  alerts.sort((a, b) => (a.rule_id < b.rule_id ? -1 : a.rule_id > b.rule_id ? 1 : a.id < b.id ? -1 : 1));
