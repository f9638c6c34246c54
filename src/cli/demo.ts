import { createSocket } from 'node:dgram';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { configFlags, defaultConfig, loadConfig, type PhosorConfig } from '../config/index.ts';
import { packageRoot } from '../package.ts';
import type { PipelineControl } from '../serve/contract.ts';
import { refreshUi } from './build-ui.ts';
import { bold, type Call, type Command, dim } from './command.ts';
import { noise, type Scenario, type Step, scenariosOf } from './demo-scenarios.ts';
import { isCheckout } from './place.ts';
import { runUntilStopped } from './run-until-stopped.ts';

const user = { username: 'admin', password: 'secret' };
const stepPauseMs = 150;
const scenarioPauseMs = 8_000;
const roundPauseMs = 45_000;
const noisePauseMs = 700;

export const demo: Command = {
  name: 'demo',
  summary:
    'Start on this machine only, in a throw-away folder, with attacks already playing through the real listeners.',
  usage: ['[flags of phosor start]'],
  flags: configFlags,
  readsOwnFlags: true,
  details: [
    'Log in as admin with the password secret. Everything is deleted at the end. Ports are those of phosor start.',
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const loaded = loadConfig({
    argv: call.argv,
    env: call.env,
    cwd: call.cwd,
    packageRoot: isCheckout ? packageRoot : null,
  });
  const folder = mkdtempSync(join(tmpdir(), 'phosor-demo-'));
  // However the program ends, the folder goes with it.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, 'security.log');
  writeFileSync(log, '');
  const config = demoConfig(loaded.config, folder, log);
  if (isCheckout) await refreshUi((line) => call.out.line(line));
  // Loaded late: help and a wrong flag need no server.
  const { startPhosor } = await import('../main.ts');
  const ended = new AbortController();
  return runUntilStopped(call, async (print) => {
    const running = await startPhosor(config, { print, origins: loaded.origins });
    call.out.line(
      `\nDemo: log in as ${bold(call.out, 'admin')} with the password ${bold(call.out, 'secret')}. Press Ctrl-C to end; nothing is kept.\n`,
    );
    const syslogPort = running.services.sources.listening().find(({ what }) => what === 'syslog-udp')?.port ?? 0;
    const senders = new Senders(log, syslogPort, running.address, (text) => witness(running.services.pipeline, text));
    const playing = play(call, senders, ended.signal).catch((error: unknown) => {
      if (!ended.signal.aborted)
        call.err.line(`The demo stopped sending: ${error instanceof Error ? error.message : error}`);
    });
    return {
      async stop() {
        ended.abort();
        await playing;
        senders.close();
        await running.stop();
      },
    };
  });
}

/**
 * Only this machine, a known password, nothing but the demo's own log. Attacks that are played must reach nobody: no mail is
 * sent, no provider asked, no firewall told, and the audit trail is its own. Rates stay as configured.
 */
function demoConfig(config: PhosorConfig, folder: string, log: string): PhosorConfig {
  const dataDir = join(folder, 'data');
  const { email, intel, response } = defaultConfig();
  return {
    ...{ ...config, email, intel, response, dataDir },
    audit: { dir: join(dataDir, 'audit') },
    http: { ...config.http, host: '127.0.0.1' },
    syslog: { ...config.syslog, host: '127.0.0.1' },
    decoys: { ...config.decoys, host: '127.0.0.1' },
    auth: { ...config.auth, adminPassword: user.password },
    files: { roots: [folder], watch: [{ path: log, hint: null, fromBeginning: true }], watchSystemLogs: false },
  };
}

/** What a decoy would report goes the way of the decoys' own reports. No decoy is open in the demo, and nobody knocks. */
async function witness(pipeline: PipelineControl, text: string): Promise<void> {
  const { PipelineClient } = await import('../runtime/pipeline-client.ts');
  if (pipeline instanceof PipelineClient) await pipeline.witness('decoy_ssh', null, [text]);
}

async function play(call: Call, senders: Senders, signal: AbortSignal): Promise<void> {
  const background = playNoise(senders, signal);
  for (let round = 0; !signal.aborted; round += 1) {
    for (let i = 0; ; i += 1) {
      // Lines are made when they are sent, so that their times are true.
      const scenario = scenariosOf(round, new Date())[i];
      if (scenario === undefined) break;
      call.out.line(`${dim(call.out, new Date().toLocaleTimeString('en-GB'))} ${scenario.title}`);
      call.out.line(dim(call.out, `         by ${waysOf(scenario)}; expect ${scenario.expect}`));
      for (const step of scenario.steps) {
        await senders.send(step);
        await pause(stepPauseMs, undefined, { signal });
      }
      await pause(scenarioPauseMs, undefined, { signal });
    }
    await pause(roundPauseMs, undefined, { signal });
  }
  await background;
}

async function playNoise(senders: Senders, signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n += 1) {
    await senders.send(noise(n, new Date()));
    await pause(noisePauseMs, undefined, { signal }).catch(() => {});
  }
}

const wayNames = {
  file: 'a followed file',
  udp: 'syslog over UDP',
  tcp: 'syslog over TCP',
  webhook: 'webhook',
  decoy: 'a decoy (played, like all of these)',
} as const;
const waysOf = ({ steps }: Scenario): string => [...new Set(steps.map(({ way }) => wayNames[way]))].join(' and ');

/** The demo's devices: they speak to the running program like every other sender. */
class Senders {
  readonly #log: string;
  readonly #port: number;
  readonly #address: string;
  readonly #udp = createSocket('udp4');
  readonly #witness: (text: string) => Promise<void>;
  #tcp: Socket | null = null;
  #token: string | null = null;

  constructor(log: string, port: number, address: string, witness: (text: string) => Promise<void>) {
    this.#witness = witness;
    this.#log = log;
    this.#port = port;
    this.#address = address;
  }

  async send(step: Step): Promise<void> {
    switch (step.way) {
      case 'file':
        appendFileSync(this.#log, `${step.text}\n`);
        return;
      case 'udp':
        await new Promise<void>((resolve) => this.#udp.send(step.text, this.#port, '127.0.0.1', () => resolve()));
        return;
      case 'tcp':
        this.#connection().write(`${step.text}\n`);
        return;
      case 'webhook':
        await this.#post(step.text);
        return;
      case 'decoy':
        await this.#witness(step.text);
    }
  }

  close(): void {
    this.#udp.close();
    this.#tcp?.destroy();
  }

  #connection(): Socket {
    if (!this.#tcp || this.#tcp.destroyed) {
      this.#tcp = connect(this.#port, '127.0.0.1');
      this.#tcp.on('error', () => {
        this.#tcp = null;
      });
    }
    return this.#tcp;
  }

  async #post(body: string): Promise<void> {
    this.#token ??= await this.#login();
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.#address}/api/webhook/shop`, { method: 'POST', headers, body });
    if (answer.status === 401) this.#token = null; // the session has ended; the next post logs in again
  }

  async #login(): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.#address}/api/auth/token`, {
      method: 'POST',
      headers,
      body: JSON.stringify(user),
    });
    if (!answer.ok) throw new Error(`the demo's login was answered with ${answer.status}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }
}
