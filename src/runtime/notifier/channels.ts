import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { PhosorConfig } from '../../config/index.ts';
import type { Notifier } from '../../respond/contract.ts';
import { notifiers } from '../../respond/index.ts';
import { RefusedError } from '../../serve/contract.ts';
import type { ChannelInput, ChannelType } from '../../serve/notifications/types.ts';
import type { NotificationChannel, StateStore } from '../../store/contract.ts';

/** Id of the channel that the configuration (EMAIL_…) makes. */
export const configuredMail = 'email';

/** A channel with its notifier, and its whole configuration where it is complete. */
export interface OpenChannel {
  channel: NotificationChannel;
  notifier: Notifier;
  /** With its secrets; null: what is stored does not fit the notifier. */
  config: unknown;
  problem: string | null;
}

const byName: ReadonlyMap<string, Notifier> = new Map(notifiers.map((each) => [each.name, each]));

export function notifierOf(type: string): Notifier {
  const found = byName.get(type);
  if (found === undefined)
    throw new RefusedError(`There is no channel type "${type}". Use one of: ${[...byName.keys()].join(', ')}.`);
  return found;
}

/** Names of the secrets among a notifier's options. */
export const secretNames = (notifier: Notifier): string[] =>
  Object.entries(notifier.config.shape)
    .filter(([, leaf]) => leaf.meta()?.secret === true)
    .map(([name]) => name);

export const channelTypes = (): ChannelType[] =>
  notifiers.map(({ name, title, description, config }) => ({
    name,
    title,
    description,
    schema: z.toJSONSchema(config, { io: 'input' }),
  }));

/** Channels as they are stored, and the one that the configuration makes. Secrets lie in the secret store. */
export class Channels {
  readonly #state: StateStore;
  readonly #config: () => PhosorConfig;
  readonly #now: () => number;
  /** What is open, until it changes: reading a secret each time would be wasted. */
  readonly #open = new Map<string, OpenChannel>();
  /** All of them, until one changes. */
  #all: { email: PhosorConfig['email']; list: readonly OpenChannel[] } | null = null;

  constructor(state: StateStore, config: () => PhosorConfig, now: () => number) {
    this.#state = state;
    this.#config = config;
    this.#now = now;
  }

  /** The configured one first, then oldest first. */
  all(): readonly OpenChannel[] {
    const { email } = this.#config();
    if (this.#all === null || this.#all.email !== email) {
      const mail = mailChannel(this.#config());
      const stored = this.#state.notifications.channels.list().map((channel) => this.#opened(channel));
      this.#all = { email, list: mail === null ? stored : [mail, ...stored] };
    }
    return this.#all.list;
  }

  byId(id: string): OpenChannel | null {
    if (id === configuredMail) return mailChannel(this.#config());
    const channel = this.#state.notifications.channels.byId(id);
    return channel === null ? null : this.#opened(channel);
  }

  create(input: ChannelInput): OpenChannel {
    const notifier = notifierOf(input.type);
    const complete = parsed(notifier, input.config);
    const now = this.#now();
    const channel: NotificationChannel = {
      ...input,
      id: randomUUID(),
      ...this.#split(notifier, complete),
      created_at: now,
      updated_at: now,
    };
    this.#store(channel, notifier, complete);
    return this.#opened(channel);
  }

  /** Null: there is none. */
  update(id: string, change: Partial<Omit<ChannelInput, 'type'>>): OpenChannel | null {
    const before = this.byId(id);
    if (before === null) return null;
    if (id === configuredMail)
      throw new RefusedError(
        'This channel comes from the configuration. Change the options email.… (EMAIL_…) under Configuration, or at the start.',
      );
    const { notifier, channel } = before;
    const secrets = secretNames(notifier);
    const kept = this.#secretsOf(channel);
    let complete: Record<string, unknown> | null = null;
    if (change.config !== undefined) {
      const given = { ...change.config };
      for (const name of secrets) {
        // Left out or null: as it is. Empty text: removed.
        if (given[name] === undefined || given[name] === null) given[name] = kept[name] ?? null;
        else if (given[name] === '') given[name] = null;
        if (given[name] === null) delete given[name];
      }
      complete = parsed(notifier, given);
      const taken = secrets.filter(
        (name) => kept[name] !== undefined && !change.config?.[name] && given[name] === kept[name],
      );
      refuseElsewhere(notifier, { ...channel.config, ...kept }, complete, taken);
    }
    const next: NotificationChannel = {
      ...channel,
      ...change,
      ...(complete === null ? { config: channel.config } : this.#split(notifier, complete)),
      updated_at: this.#now(),
    };
    this.#store(next, notifier, complete);
    return this.#opened(next);
  }

  remove(id: string): boolean {
    const channel = this.#state.notifications.channels.byId(id);
    if (channel === null) return false;
    this.#all = null;
    this.#state.transaction(() => {
      for (const name of channel.secrets) this.#state.secrets.remove(secretKey(id, name));
      this.#state.notifications.channels.remove(id);
    });
    this.#open.delete(id);
    return true;
  }

  #split(notifier: Notifier, complete: Record<string, unknown>): Pick<NotificationChannel, 'config' | 'secrets'> {
    const secrets = secretNames(notifier);
    return {
      config: Object.fromEntries(Object.entries(complete).filter(([name]) => !secrets.includes(name))),
      secrets: secrets.filter((name) => typeof complete[name] === 'string' && complete[name] !== ''),
    };
  }

  #store(channel: NotificationChannel, notifier: Notifier, complete: Record<string, unknown> | null): void {
    this.#all = null;
    this.#open.delete(channel.id);
    this.#state.transaction(() => {
      if (complete !== null) {
        for (const name of secretNames(notifier)) {
          const key = secretKey(channel.id, name);
          if (channel.secrets.includes(name)) this.#state.secrets.put(key, String(complete[name]));
          else this.#state.secrets.remove(key);
        }
      }
      this.#state.notifications.channels.put(channel);
    });
  }

  #secretsOf(channel: NotificationChannel): Record<string, string> {
    return Object.fromEntries(
      channel.secrets.flatMap((name) => {
        const value = this.#state.secrets.get(secretKey(channel.id, name));
        return value === null ? [] : [[name, value]];
      }),
    );
  }

  #opened(channel: NotificationChannel): OpenChannel {
    const known = this.#open.get(channel.id);
    if (known !== undefined && known.channel.updated_at === channel.updated_at) return { ...known, channel };
    const opened = this.#read(channel);
    this.#open.set(channel.id, opened);
    return opened;
  }

  #read(channel: NotificationChannel): OpenChannel {
    const notifier = notifierOf(channel.type);
    try {
      const config = parsed(notifier, { ...channel.config, ...this.#secretsOf(channel) });
      return { channel, notifier, config, problem: null };
    } catch (error) {
      return { channel, notifier, config: null, problem: (error as Error).message };
    }
  }
}

/** Stored secrets are not sent to a server that somebody names later: that would be a way to read them. */
function refuseElsewhere(
  notifier: Notifier,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  taken: readonly string[],
): void {
  const moved = Object.entries(notifier.config.shape).find(
    ([name, leaf]) => leaf.meta()?.destination === true && before[name] !== after[name],
  );
  const secret = taken.find((name) => name !== moved?.[0]);
  if (moved === undefined || secret === undefined) return;
  const title = (name: string): string => notifier.config.shape[name]?.meta()?.title ?? name;
  throw new RefusedError(
    `${title(moved[0])} changes where the stored secrets would be sent. Enter ${title(secret)} again, or remove it.`,
  );
}

const secretKey = (id: string, name: string): string => `notify.${id}.${name}`;

function parsed(notifier: Notifier, config: Record<string, unknown>): Record<string, unknown> {
  const result = notifier.config.safeParse(config);
  if (result.success) return result.data as Record<string, unknown>;
  const issue = result.error.issues[0];
  const key = issue?.path.join('.') ?? '';
  const title = notifier.config.shape[String(issue?.path[0])]?.meta()?.title;
  // Zod's messages do not repeat values, so that no secret is told.
  throw new RefusedError(
    `${title ?? (key || notifier.title)}: ${issue?.message ?? 'does not fit'}. Correct it and save again.`,
  );
}

/** The mail channel of the configuration, while it is switched on. */
function mailChannel(config: PhosorConfig): OpenChannel | null {
  const { email } = config;
  if (!email.enabled) return null;
  const { type, given } = mailConfig(email);
  const notifier = notifierOf(type);
  const secrets = secretNames(notifier);
  const shown = Object.fromEntries(Object.entries(given).filter(([name]) => !secrets.includes(name)));
  const result = notifier.config.safeParse(given);
  return {
    channel: {
      id: configuredMail,
      type,
      name: 'E-mail (configuration)',
      enabled: true,
      config: shown,
      secrets: secrets.filter((name) => typeof given[name] === 'string'),
      filter: { severities: [], entities: [], rules: [], tags: [] },
      updates: true,
      closing: true,
      digest: true,
      created_at: 0,
      updated_at: 0,
    },
    notifier,
    config: result.success ? result.data : null,
    problem: result.success ? null : mailProblem(email),
  };
}

export function mailConfig(email: PhosorConfig['email']): {
  type: 'smtp' | 'sendgrid';
  given: Record<string, unknown>;
} {
  const common = {
    from: email.fromAddress,
    fromName: email.fromName,
    to: email.recipients,
    subjectPrefix: email.subjectPrefix,
  };
  if (email.sendgridApiKey !== null)
    return { type: 'sendgrid', given: { ...common, apiKey: email.sendgridApiKey, url: email.sendgridUrl } };
  return {
    type: 'smtp',
    given: {
      ...common,
      host: email.smtpHost,
      port: email.smtpPort,
      security: email.smtpSecurity,
      user: email.smtpUser,
      password: email.smtpPassword,
    },
  };
}

/** What is missing for sending mail, in a sentence. */
function mailProblem(email: PhosorConfig['email']): string {
  const missing = [
    ...(email.fromAddress === '' ? ['EMAIL_FROM_ADDRESS'] : []),
    ...(email.recipients.length === 0 ? ['EMAIL_RECIPIENTS'] : []),
    ...(email.sendgridApiKey === null && email.smtpHost === '' ? ['SENDGRID_API_KEY or PHOSOR_SMTP_HOST'] : []),
  ];
  return `E-mail is switched on but not complete. Set ${missing.join(', ') || 'the options email.…'}.`;
}
