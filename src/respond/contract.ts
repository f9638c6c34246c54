import type { z } from 'zod';
import type { Severity } from '../model/index.ts';

/* What other stages may know of telling people. */

/** Why something is told. `test` is what the Test button sends. */
export const messageKinds = ['opened', 'update', 'closed', 'digest', 'test'] as const;
export type MessageKind = (typeof messageKinds)[number];

/**
 * One thing to tell, before any channel has given it a form. Every text may come from a log line and is hostile: a channel
 * escapes it in its own way, cuts it to its own limits, and says where it cut.
 */
export interface NotificationMessage {
  /** The same at every attempt to deliver it, so that a receiver can drop repeats. */
  id: string;
  kind: MessageKind;
  /** What belongs together: the incident's id. Receivers with a key of their own (PagerDuty) get this one. */
  key: string;
  /** For people: what happened, in a line. */
  title: string;
  severity: Severity;
  /** 0…100; null: nothing was computed. */
  risk: number | null;
  /** One or a few sentences. */
  summary: string;
  /** Name and value, most telling first. */
  facts: readonly { name: string; value: string }[];
  /** What happened, newest last, a line each. A digest's entries. */
  lines: readonly string[];
  /** How many further lines are not told. */
  moreLines: number;
  /** Link to the incident; null: nobody said under which address Phosor is reached. */
  url: string | null;
  /** Epoch ms. */
  time: number;
}

/** What a notifier may use to reach the outside. Nothing else. */
export interface NotifierTools {
  /** Epoch ms. */
  now(): number;
  /**
   * Sends an HTTP request and reads the answer (at most 64 KiB). Internal addresses are refused unless they are allowed;
   * the address that was checked is the one that is connected to; redirects are not followed.
   *
   * @throws {DeliveryError} where nothing answered. An answer with an error status is returned.
   */
  http(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * The address to connect to for a protocol that is not HTTP, checked in the same way.
   *
   * @throws {DeliveryError} where it is refused or unknown
   */
  resolve(host: string): Promise<string>;
  /** What the first message of the same `key` gave back on this channel: the thread, the issue, the mail to answer to. */
  previous: string | null;
  /** Which attempt this is, from 1: at a later one, an earlier one may have arrived. */
  attempt: number;
  /** Ends a delivery that takes too long, or that nobody waits for any more. */
  signal: AbortSignal;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface Delivered {
  /** What later messages of the same key refer to; null: this channel has no threads. */
  reference: string | null;
  /** What the receiver said, for the history. No secret. */
  detail: string;
}

/** How a message would look on a channel. */
export interface Preview {
  /** What is sent, as it is sent. Addresses and secrets are not part of it. */
  payload: string;
  /** `html` where a mail has such a part. */
  html: string | null;
}

/** A way to tell people. One folder each; the registry is index.ts. */
export interface Notifier<Config = unknown> {
  /** Folder name, and the type in the API. */
  name: string;
  /** For people. */
  title: string;
  description: string;
  /**
   * Strict. A secret's `.meta()` says `secret: true`: it is stored sealed and never given out again. What says where secrets
   * are sent says `destination: true`: who changes it has to give the secrets again.
   */
  config: z.ZodType<Config> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /**
   * Delivers one message, once: whoever calls repeats it.
   *
   * @throws {DeliveryError} where it did not arrive
   */
  send(message: NotificationMessage, config: Config, tools: NotifierTools): Promise<Delivered>;
  preview(message: NotificationMessage, config: Config): Preview;
  /** Where it goes, for the list: a host, a channel. No secret. */
  target(config: Config): string;
}

export const defineNotifier = <Config>(notifier: Notifier<Config>): Notifier<Config> => notifier;

/** A message did not arrive. The sentence is shown to people: it holds no secret. */
export class DeliveryError extends Error {
  /** False: the receiver does not want this very message. True as well where somebody has to correct the channel first. */
  readonly isWorthRepeating: boolean;
  /** Seconds that the receiver asked to wait; null: it said nothing. */
  readonly retryAfterSeconds: number | null;
  constructor(message: string, isWorthRepeating: boolean, retryAfterSeconds: number | null = null) {
    super(message);
    this.name = 'DeliveryError';
    this.isWorthRepeating = isWorthRepeating;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A mail to people, with what is enclosed. */
export interface Mail {
  /** Addresses; line breaks and further headers in them are refused. */
  to: readonly string[];
  subject: string;
  text: string;
  html?: string;
  attachments?: readonly { filename: string; contentType: string; content: Uint8Array | string }[];
}

/** Sends mails through the configured server: for reports and other things that are no notification. */
export interface Mailer {
  /** False: no way to send mail is configured, `send` will reject. */
  isConfigured(): boolean;
  /**
   * Resolves once the mail server has taken it. Tries once: whoever calls decides about repeating.
   *
   * @throws {DeliveryError} with a sentence for people
   */
  send(mail: Mail): Promise<void>;
}

/* What other stages may know of stopping people. */

/** One thing that stands in a firewall. */
export interface EnforcedEntry {
  /** The decision it stands for: it is written beside it. Empty: somebody else wrote it into our set. */
  decision: string;
  kind: 'block' | 'redirect';
  /** Canonical address or range. */
  target: string;
  /** How long from now. What is read back may be a second less. */
  seconds: number;
}

/** The one way out that an enforcer has. */
export interface EnforcerTools {
  /**
   * Runs a program, without a shell.
   *
   * @returns `code` null: it is not installed, or did not end in time; `stderr` then says so
   */
  run(
    command: string,
    args: readonly string[],
    input?: string,
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** What a firewall is set up with, besides the entries. Validated texts only. */
export interface EnforcerPlan {
  /** Addresses and ranges that are let through before anything else is looked at; none lies in another. */
  accept: readonly string[];
  /** Where redirected traffic goes: TCP port that was asked for → port here. */
  redirectPorts: readonly (readonly [from: number, to: number])[];
}

/**
 * A firewall that takes decisions. One folder each; the registry is enforcers.ts. It touches nothing but what it made itself.
 * Whoever calls runs one call after the other.
 */
export interface Enforcer {
  /** Folder name. */
  name: string;
  title: string;
  /** Whether it can redirect. */
  redirects: boolean;
  /** Why it cannot be used here, in a sentence that says what to do; null: it can. Changes nothing. */
  check(tools: EnforcerTools): Promise<string | null>;
  /** Makes what is missing and sets rules and accept list anew; entries stay. May be repeated. @throws {EnforcerError} */
  prepare(plan: EnforcerPlan, tools: EnforcerTools): Promise<void>;
  /**
   * Takes out, then puts in, all or nothing where the firewall can. What is to be put in and is there already is replaced;
   * what is to be taken out and is missing is no error. Ranges that overlap must not be put in.
   *
   * @throws {EnforcerError}
   */
  change(add: readonly EnforcedEntry[], remove: readonly EnforcedEntry[], tools: EnforcerTools): Promise<void>;
  /** What stands there now. Null: nothing was prepared, or somebody removed it. @throws {EnforcerError} */
  read(tools: EnforcerTools): Promise<EnforcedEntry[] | null>;
  /** Removes everything of ours. Nothing there is no error. @throws {EnforcerError} */
  clear(tools: EnforcerTools): Promise<void>;
}

export const defineEnforcer = (enforcer: Enforcer): Enforcer => enforcer;

/** A firewall refused. The sentence is shown to people. */
export class EnforcerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EnforcerError';
  }
}
