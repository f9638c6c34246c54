import type { FastifyRequest } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { type Credential, credentialOf, isSameSite, mayCall } from '../auth/identify.ts';
import { apiError } from '../errors.ts';
import type { Principal, ServeContext } from '../unit.ts';
import type { Connection } from './client.ts';

const authWithinMs = 5000;

/** Close codes of ours, RFC 6455 section 7.4.2. */
const unauthorised = 4401;

const authMessage = z.object({ type: z.literal('auth'), token: z.string().max(4096) });

/** Null: no credential was shown at all, which leaves the first message. Throws 401 and 403. */
export async function principalOf(context: ServeContext, request: FastifyRequest): Promise<Principal | null> {
  const { token } = request.query as { token?: string };
  const credential: Credential | null = token ? shown(token) : credentialOf(request);
  if (!credential) return null;
  // A page of another site could open a socket with the visitor's cookie: browsers do not stop that, we do.
  if (credential.kind === 'cookie' && !isSameSite(request, context.services.http.corsOrigins))
    throw apiError('CROSS_SITE');
  const principal = await context.identify(credential);
  if (!principal) throw apiError('CREDENTIAL_INVALID');
  if (!mayCall(principal, 'viewer')) throw apiError('ROLE_TOO_SMALL', 'viewer');
  return principal;
}

const shown = (value: string): Credential => ({ kind: value.startsWith('phk_') ? 'key' : 'token', value });

/** What a kind of live connection does with one that was let in. */
export interface SessionKind<C> {
  /** To be called once the credential was shown. Says hello. */
  admit(connection: Connection): C;
  /** A message; undefined: one that is no JSON. */
  take(client: C, message: unknown): void;
  /** Sends what is due every 30 s. */
  ping(client: C): void;
  leave(client: C): void;
}

/** One WebSocket from its upgrade to its end. */
export class Session<C> {
  private client: C | null = null;
  private principal: Principal | null = null;
  private deadline: NodeJS.Timeout | null = null;
  private readonly socket: WebSocket;
  private readonly request: FastifyRequest;
  private readonly context: ServeContext;
  private readonly kind: SessionKind<C>;
  private readonly onPending: (isPending: boolean) => void;

  constructor(
    socket: WebSocket,
    request: FastifyRequest,
    context: ServeContext,
    kind: SessionKind<C>,
    onPending: (isPending: boolean) => void,
  ) {
    this.socket = socket;
    this.request = request;
    this.context = context;
    this.kind = kind;
    this.onPending = onPending;
    socket.on('message', (data, isBinary) => void this.read(data, isBinary));
    socket.on('error', () => socket.terminate());
    if (request.principal) this.admit(request.principal);
    else {
      onPending(true);
      this.deadline = setTimeout(() => socket.close(unauthorised, 'no credential'), authWithinMs);
    }
  }

  end(): void {
    this.stopWaiting();
    if (this.client !== null) this.kind.leave(this.client);
    this.client = null;
  }

  /** The server stops: the client may connect again elsewhere or later. */
  goAway(): void {
    this.socket.close(1001, 'going away');
    setTimeout(() => this.socket.terminate(), 250).unref();
  }

  ping(): void {
    if (this.client) this.kind.ping(this.client);
  }

  /** Notices that the credential has ended: logout, new password or role, expiry, revocation, a key's new secret. */
  look(): void {
    if (!this.client || !this.principal || this.isStillAllowed(this.principal)) return;
    // Nothing more is sent, however long the closing handshake takes.
    this.end();
    this.socket.close(unauthorised, 'session ended');
  }

  private admit(principal: Principal): void {
    this.stopWaiting();
    this.principal = principal;
    const raw = this.request.raw.socket;
    const { socket } = this;
    // The frames are whole and unmasked, so they go past the library straight to TCP: one write for many frames.
    this.client = this.kind.admit({
      write: (bytes) => {
        if (socket.readyState === socket.OPEN) raw.write(bytes);
      },
      buffered: () => raw.writableLength,
      close: () => socket.terminate(),
    });
  }

  private stopWaiting(): void {
    if (this.deadline === null) return;
    clearTimeout(this.deadline);
    this.deadline = null;
    this.onPending(false);
  }

  private async read(data: RawData, isBinary: boolean): Promise<void> {
    if (isBinary) return;
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      message = undefined;
    }
    if (!this.client) {
      if (message === undefined) return;
      await this.authenticate(message);
      return;
    }
    this.kind.take(this.client, message);
  }

  private async authenticate(message: unknown): Promise<void> {
    const auth = authMessage.safeParse(message);
    const principal = await this.context.identify(shown(auth.success ? auth.data.token : ''));
    if (!principal || !mayCall(principal, 'viewer')) {
      this.socket.close(unauthorised, 'wrong credential');
      return;
    }
    if (this.socket.readyState === this.socket.OPEN && !this.client) this.admit(principal);
  }

  private isStillAllowed(principal: Principal): boolean {
    const { state, now } = this.context.services;
    if (principal.expiresAt !== null && principal.expiresAt <= now()) return false;
    if (principal.user) {
      const user = state.users.byId(principal.user.id);
      return user !== null && !user.disabled && user.token_version === principal.user.token_version;
    }
    const key = principal.keyHash === undefined ? null : state.keys.byHash(principal.keyHash);
    return key !== null && key.id === principal.id && !key.revoked;
  }
}
