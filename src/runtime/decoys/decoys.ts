import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { PhosorConfig } from '../../config/index.ts';
import type { Decoy } from '../../decoy/contract.ts';
import { limits } from '../../decoy/host/limits.ts';
import type { FromChild } from '../../decoy/host/messages.ts';
import { decoys } from '../../decoy/index.ts';
import type { Services } from '../../serve/contract.ts';
import type { DecoyControl, DecoyView, PersonaView } from '../../serve/decoys/types.ts';
import type { DeskOptions } from '../desk.ts';
import { DecoyChoices, personaView } from './choices.ts';
import { Doors, type Guest } from './doors.ts';
import { keptText, ownIdentity } from './identity.ts';
import { KeptFiles } from './kept-files.ts';
import { DecoyProcess } from './process.ts';
import { Witness } from './witness.ts';

interface Standing {
  decoy: Decoy;
  isOn: boolean;
  state: DecoyView['state'];
  problem: string | null;
}

export interface DecoyPart {
  services: Pick<Services, 'decoys'>;
  /** Ports are open where decoys are wanted, or it is known why not. Never rejects. */
  ready: Promise<unknown>;
  apply(config: PhosorConfig): void;
  stop(): Promise<void>;
}

const settleMs = 15_000;

/** The decoys beside the data's way: their process, their doors, and what is kept of visitors. */
export function startDecoys(options: DeskOptions): DecoyPart {
  const { state, pipeline, dataDir, now, log, config } = options;
  const folder = join(dataDir, 'decoys');
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identity = ownIdentity(folder, now);
  const standings = new Map<string, Standing>(
    decoys.map((decoy) => [decoy.name, { decoy, isOn: false, state: 'off', problem: null }]),
  );
  const choices = new DecoyChoices(state, config);
  const portOf = (decoy: Decoy): number => choices.port(decoy).port;
  let persona: PersonaView | null = null;

  let diskProblemAt = 0;
  const files = new KeptFiles({
    folder: join(folder, 'files'),
    maxBytes: () => config().decoys.filesMaxBytes,
    now,
    onGone(sha256) {
      const file = state.decoys.file(sha256);
      if (file !== null) state.decoys.putFile({ ...file, kept: false });
    },
    onFailure(message) {
      if (now() - diskProblemAt < 60_000) return;
      diskProblemAt = now();
      log('error', `What visitors leave in decoys cannot be kept: ${message}`);
    },
  });
  const witness = new Witness({ pipeline, state, now, log });

  const doors = new Doors({
    now,
    limits: () => ({ all: config().decoys.maxConnections, perAddress: config().decoys.maxConnectionsPerAddress }),
    pass: (message, socket) => child.send(message, socket),
    tell: (message) => void child.send(message),
    isReady: () => child.isReady,
    onGuest: (guest) => witness.arrive(guest),
    onLost: (guest) => gone(guest, "the decoys' process was just starting again"),
    onRefused: (guest, times) => witness.refused(guest, times),
  });

  const child = new DecoyProcess({
    log,
    now,
    onReady() {
      for (const standing of standings.values()) if (standing.isOn) begin(standing);
    },
    onMessage: receive,
    onCrash(problem) {
      for (const guest of doors.dropAll()) gone(guest, "the decoys' process ended");
      for (const standing of standings.values()) if (standing.isOn) standing.state = 'starting';
      witness.problem(`The decoys' process ended and is started again: ${problem}`, { restarts: child.restarts });
    },
  });

  const gone = (guest: Guest, reason: string): void => {
    files.forget(guest.id);
    witness.leave(guest, { reason, sentBytes: 0, receivedBytes: 0, cutRecords: 0 });
  };

  function begin({ decoy }: Standing): void {
    child.send({
      type: 'start',
      decoy: decoy.name,
      port: portOf(decoy),
      ...identity,
      publicAddress: config().decoys.publicAddress || null,
      options: choices.options(decoy),
    });
  }

  async function openDoor(standing: Standing): Promise<void> {
    const { decoy } = standing;
    if (!standing.isOn || doors.isOpen(decoy.name)) {
      standing.state = standing.isOn ? 'on' : standing.state;
      return;
    }
    try {
      await doors.open(decoy.name, config().decoys.host, portOf(decoy));
      standing.state = 'on';
      standing.problem = null;
      if (!standing.isOn) doors.close(decoy.name);
    } catch (error) {
      fail(standing, portProblem(decoy, portOf(decoy), error as NodeJS.ErrnoException));
    }
  }

  function fail(standing: Standing, problem: string): void {
    standing.state = 'failed';
    standing.problem = problem;
    log('warn', problem);
    witness.problem(problem, { failed: standing.decoy.name });
  }

  function turn(standing: Standing, wanted: boolean): void {
    if (standing.isOn === wanted) return;
    standing.isOn = wanted;
    standing.problem = null;
    if (wanted) {
      standing.state = 'starting';
      if (child.isReady) begin(standing);
      return;
    }
    standing.state = 'off';
    doors.close(standing.decoy.name);
    child.send({ type: 'stop', decoy: standing.decoy.name });
  }

  /** What was chosen for it is other now. Visitors who are there stay. */
  function renew(name: string): void {
    const standing = standings.get(name);
    if (!standing?.isOn) return;
    standing.state = 'starting';
    standing.problem = null;
    if (child.isReady) begin(standing);
  }

  function receive(message: Exclude<FromChild, { type: 'ready' | 'alive' }>): void {
    switch (message.type) {
      case 'started': {
        const standing = standings.get(message.decoy);
        if (standing !== undefined) void openDoor(standing);
        break;
      }
      case 'failed': {
        const standing = standings.get(message.decoy);
        if (standing === undefined) break;
        doors.close(message.decoy);
        fail(standing, `The ${message.decoy} decoy cannot start: ${message.message}`);
        break;
      }
      case 'error':
        log('warn', `A decoy failed${message.visit === null ? '' : ` at visit ${message.visit}`}: ${message.message}`);
        witness.problem(
          `A decoy failed: ${message.message.split('\n', 1)[0]}`,
          message.visit === null ? {} : { session: message.visit },
        );
        break;
      case 'keep':
        child.send({ type: 'kept', request: message.request, value: keptText(folder, message) });
        break;
      case 'unlisten':
        doors.unlisten(message.listener);
        break;
      default:
        fromVisit(message, doors.guest(message.visit));
    }
  }

  function fromVisit(message: Extract<FromChild, { visit: string }>, guest: Guest | undefined): void {
    if (guest === undefined) return;
    switch (message.type) {
      case 'record':
        // `connection` and `session` are this process's own words.
        if (message.record.event_type === 'decoy.connection' || message.record.event_type === 'decoy.session') return;
        witness.record(guest, nearNow(message.time, now()), message.record);
        break;
      case 'facts':
        witness.facts(guest, message.facts);
        break;
      case 'listen':
        doors.listen(guest.id, message.listener, message.timeoutMs, config().decoys.host, limits.dataListeners);
        break;
      case 'upload':
        files.add(message.upload, guest.id, Buffer.from(message.data, 'base64'));
        break;
      case 'uploaded':
        uploaded(message, guest);
        break;
      case 'cast':
        if (files.record(guest.id, message.recording, message.lines)) witness.recorded(guest, message.recording);
        break;
      case 'cast_end':
        if (message.cutBytes > 0) witness.facts(guest, { recording_cut_bytes: message.cutBytes });
        break;
      case 'closed':
        doors.leave(guest.id);
        files.forget(guest.id);
        witness.leave(guest, message);
        break;
    }
  }

  function uploaded(message: Extract<FromChild, { type: 'uploaded' }>, guest: Guest): void {
    const kept = files.finish(message.upload, guest.id);
    const { name, via, size, truncated, complete, sha256 } = message;
    if (kept !== null) {
      const before = state.decoys.file(kept.sha256);
      state.decoys.putFile({
        sha256: kept.sha256,
        bytes: kept.bytes,
        name,
        via,
        decoy: guest.decoy,
        session: guest.id,
        src_ip: guest.address,
        times: (before?.times ?? 0) + 1,
        first_at: before?.first_at ?? now(),
        last_at: now(),
        truncated: truncated || kept.bytes < size,
        kept: true,
      });
    }
    witness.record(guest, now(), {
      event_type: 'decoy.upload',
      message: `${guest.address} left ${name} (${size} bytes) in the ${guest.decoy} decoy`,
      outcome: 'success',
      user: witness.session(guest.id)?.user ?? null,
      fields: {
        ...message.fields,
        file_name: name,
        sha256,
        size,
        via,
        truncated,
        complete,
        ...(kept === null ? { kept: false } : kept.sha256 !== sha256 && { kept_sha256: kept.sha256 }),
      },
    });
  }

  const settle = (): boolean => [...standings.values()].every(({ state: at }) => at !== 'starting');

  let wantedAtStart: readonly string[] | null = decoys
    .map(({ name }) => name)
    .filter((name) => config().decoys.enabled.includes(name) || choices.configuredPort(name) !== 0);
  const unknown = config().decoys.enabled.filter((name) => !standings.has(name));
  if (unknown.length > 0)
    log('warn', `There is no decoy "${unknown.join('", "')}". There are: ${[...standings.keys()].join(', ')}.`);

  let appliedEnabled: readonly string[] = config().decoys.enabled;

  function follow(wanted: readonly string[] = wantedAtStart ?? config().decoys.enabled): void {
    for (const standing of standings.values()) turn(standing, wanted.includes(standing.decoy.name));
    child.want([...standings.values()].some(({ isOn }) => isOn));
  }

  async function settled(): Promise<void> {
    const until = now() + settleMs;
    while (!settle() && now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  const control: DecoyControl = {
    list() {
      const visits = new Map(state.decoys.visits().map((each) => [each.decoy, each]));
      const open = witness.open;
      return [...standings.values()].map(({ decoy, state: at, problem }) => {
        const own = open.filter((session) => session.decoy === decoy.name);
        const stored = visits.get(decoy.name);
        const times = [stored?.last_at, ...own.map(({ started_at }) => started_at)].filter(
          (time) => time !== undefined,
        );
        return {
          name: decoy.name,
          title: decoy.title,
          description: decoy.description,
          protocol: decoy.protocol,
          state: at,
          problem,
          ...choices.port(decoy),
          default_port: decoy.defaultPort,
          open: own.length,
          sessions: (stored?.sessions ?? 0) + own.length,
          last_seen: times.length > 0 ? Math.max(...times) : null,
          options_schema: z.toJSONSchema(decoy.options, { io: 'input' }),
          options: choices.options(decoy),
        };
      });
    },
    process: () => ({
      running: child.isReady,
      pid: child.pid,
      isolation: child.isolation,
      restarts: child.restarts,
      last_problem: child.lastProblem,
      open: doors.count,
      refused: doors.refused,
      dropped: witness.dropped + child.refusedMessages,
    }),
    wanted: () => [...standings.values()].filter(({ isOn }) => isOn).map(({ decoy }) => decoy.name),
    turn(names) {
      // The list may read as before, where a port had switched a decoy on at the start.
      wantedAtStart = null;
      appliedEnabled = names;
      follow(names);
    },
    settled,
    options: (name) => standings.get(name)?.decoy.options ?? null,
    setOptions(name, value) {
      choices.setOptions(name, value);
      renew(name);
    },
    setPort(name, port) {
      choices.setPort(name, port);
      doors.close(name);
      renew(name);
    },
    persona() {
      persona ??= personaView(identity);
      return persona;
    },
    host: () => config().decoys.host,
    open: () => witness.open,
    recording: (session, recording) => files.read({ visit: session, recording }),
    file: (sha256) => files.read({ sha256 }),
    usage: () => ({ files_bytes: files.bytes, files_max_bytes: config().decoys.filesMaxBytes }),
  };

  follow();
  return {
    services: { decoys: control },
    ready: settled(),
    apply() {
      // From the first change at run time on, the list alone says what is on.
      const { enabled } = config().decoys;
      if (wantedAtStart !== null && sameNames(enabled, appliedEnabled)) return;
      appliedEnabled = enabled;
      wantedAtStart = null;
      follow();
    },
    async stop() {
      doors.closeAll();
      await child.stop();
      for (const guest of doors.dropAll()) gone(guest, 'Phosor stops');
      witness.stop();
    },
  };
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  [...a].sort().join() === [...b].sort().join();

/** The process's clock is this machine's; what lies far off is not believed. */
const nearNow = (time: number, now: number): number => (Math.abs(time - now) < 10_000 ? time : now);

const portProblem = ({ name }: Decoy, port: number, error: NodeJS.ErrnoException): string => {
  const option = `PHOSOR_DECOY_${name.toUpperCase()}_PORT`;
  if (error.code === 'EADDRINUSE')
    return `The ${name} decoy cannot listen on port ${port}: another program does. Stop it, or choose another port with ${option}.`;
  if (error.code === 'EACCES')
    return `The ${name} decoy may not listen on port ${port}: below 1024 it needs CAP_NET_BIND_SERVICE. Choose another port with ${option} and let the firewall redirect to it.`;
  return `The ${name} decoy cannot listen on port ${port} (${error.code ?? error.message}). Choose another port with ${option}.`;
};
