import type { PhosorConfig } from '../../config/index.ts';
import type { Decoy } from '../../decoy/contract.ts';
import { createPersona } from '../../decoy/persona/persona.ts';
import type { DecoyView, PersonaView } from '../../serve/decoys/types.ts';
import type { StateStore } from '../../store/contract.ts';

const optionsKey = (name: string): string => `decoys.options.${name}`;
const portKey = (name: string): string => `decoys.port.${name}`;

/** What people chose for the decoys on their page: kept in the state, beside the configuration. */
export class DecoyChoices {
  readonly #state: Pick<StateStore, 'settings'>;
  readonly #config: () => Pick<PhosorConfig, 'decoys'>;

  constructor(state: Pick<StateStore, 'settings'>, config: () => Pick<PhosorConfig, 'decoys'>) {
    this.#state = state;
    this.#config = config;
  }

  /** What was chosen, where it still fits; else the defaults. */
  options(decoy: Decoy): unknown {
    const stored = decoy.options.safeParse(this.#state.settings.get(optionsKey(decoy.name)) ?? {});
    return stored.success ? stored.data : decoy.options.parse({});
  }

  setOptions(name: string, value: unknown): void {
    this.#state.settings.put(optionsKey(name), value);
  }

  /** The port of the configuration; 0: it names none. */
  configuredPort(name: string): number {
    const port = (this.#config().decoys as Record<string, unknown>)[`${name}Port`];
    return typeof port === 'number' ? port : 0;
  }

  /** The configuration's comes first, then what was chosen on the page, then the decoy's own. */
  port({ name, defaultPort }: Decoy): Pick<DecoyView, 'port' | 'port_origin'> {
    const configured = this.configuredPort(name);
    if (configured !== 0) return { port: configured, port_origin: 'configuration' };
    const chosen = this.#state.settings.get(portKey(name));
    return typeof chosen === 'number'
      ? { port: chosen, port_origin: 'page' }
      : { port: defaultPort, port_origin: 'default' };
  }

  /** @param port null: the decoy's own again */
  setPort(name: string, port: number | null): void {
    if (port === null) this.#state.settings.remove(portKey(name));
    else this.#state.settings.put(portKey(name), port);
  }
}

/** Who the decoys of this installation pretend to be, for the people who run them. No key, no seed, no password. */
export function personaView({ seed, installedAt }: { seed: string; installedAt: number }): PersonaView {
  const persona = createPersona(seed, installedAt);
  const [card] = persona.interfaces.filter(({ name }) => name !== 'lo');
  return {
    hostname: persona.hostname,
    domain: persona.domain,
    role: persona.role,
    system: `Debian GNU/Linux ${persona.release}`,
    kernel: persona.kernel.release,
    cpu: persona.cpu.model,
    cores: persona.cpu.cores,
    memory_bytes: persona.memory.totalKb * 1024,
    disk_bytes: persona.disk.totalKb * 1024,
    address: card?.address ?? null,
    mac: card?.mac ?? null,
    installed_at: persona.installedAt,
    booted_at: persona.bootedAt,
    users: persona.users
      .filter(({ isPerson }) => isPerson)
      .map(({ name, gecos, isSudoer }) => ({ name, full_name: gecos.split(',')[0] ?? '', sudo: isSudoer })),
    processes: persona.processes.length,
    ssh_version: persona.sshVersion,
  };
}
