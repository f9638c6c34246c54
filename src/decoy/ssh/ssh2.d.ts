/** What the decoy uses of ssh2, and no more. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Duplex, Writable } from 'node:stream';

  export interface ServerConfig {
    hostKeys: readonly string[];
    ident: string;
    /** Shown before the login. */
    banner?: string;
    algorithms: {
      kex: readonly string[];
      cipher: readonly string[];
      hmac: readonly string[];
      compress: readonly string[];
      serverHostKey: readonly string[];
    };
    keepaliveInterval: number;
    keepaliveCountMax: number;
  }

  export type Accept<T = void> = (() => T) | undefined;
  export type Reject = (() => void) | undefined;

  export interface AuthContext extends EventEmitter {
    method: 'none' | 'password' | 'publickey' | 'keyboard-interactive' | 'hostbased';
    username: string;
    service: string;
    /** `password` only. */
    password?: string;
    /** `publickey` only: the key in its wire form. */
    key?: { algo: string; data: Buffer };
    /** Absent: the client only asks whether the key would do. */
    signature?: Buffer;
    accept(): void;
    reject(methodsLeft?: readonly string[], isPartial?: boolean): void;
    /** `keyboard-interactive` only. */
    prompt?(
      prompts: readonly { prompt: string; echo: boolean }[],
      title: string,
      instructions: string,
      answer: (responses: readonly string[]) => void,
    ): void;
  }

  export interface ServerChannel extends Duplex {
    stderr: Writable;
    exit(code: number): void;
    close(): void;
  }

  export interface PtyInfo {
    term: string;
    cols: number;
    rows: number;
  }

  export interface Attributes {
    mode?: number;
    uid?: number;
    gid?: number;
    size?: number;
    atime?: number;
    mtime?: number;
  }

  export interface SftpChannel extends EventEmitter {
    handle(request: number, handle: Buffer): void;
    data(request: number, data: Buffer): void;
    name(request: number, names: readonly { filename: string; longname: string; attrs: Attributes }[]): void;
    attrs(request: number, attributes: Attributes): void;
    status(request: number, code: number, message?: string): void;
    end(): void;
    /** Of the library's inside: it has no other way to say how the subsystem ended. */
    _protocol: { exitStatus(channel: number, code: number): void };
    outgoing: { id: number; state: string };
    on(event: 'OPEN', listener: (id: number, path: string, flags: number, attrs: Attributes) => void): this;
    on(event: 'CLOSE' | 'FSTAT' | 'READDIR', listener: (id: number, handle: Buffer) => void): this;
    on(event: 'READ', listener: (id: number, handle: Buffer, offset: number, length: number) => void): this;
    on(event: 'WRITE', listener: (id: number, handle: Buffer, offset: number, data: Buffer) => void): this;
    on(
      event: 'STAT' | 'LSTAT' | 'OPENDIR' | 'REMOVE' | 'RMDIR' | 'REALPATH' | 'READLINK',
      listener: (id: number, path: string) => void,
    ): this;
    on(event: 'MKDIR' | 'SETSTAT', listener: (id: number, path: string, attrs: Attributes) => void): this;
    on(event: 'FSETSTAT', listener: (id: number, handle: Buffer, attrs: Attributes) => void): this;
    on(event: 'RENAME' | 'SYMLINK', listener: (id: number, from: string, to: string) => void): this;
    on(event: 'EXTENDED', listener: (id: number, name: string, data: Buffer) => void): this;
    on(event: 'end' | 'close', listener: () => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  export interface ServerSession extends EventEmitter {
    on(event: 'pty', listener: (accept: Accept, reject: Reject, info: PtyInfo) => void): this;
    on(event: 'window-change', listener: (accept: Accept, reject: Reject, info: PtyInfo) => void): this;
    on(event: 'env', listener: (accept: Accept, reject: Reject, info: { key: string; val: string }) => void): this;
    on(
      event: 'exec',
      listener: (accept: Accept<ServerChannel>, reject: Reject, info: { command: string }) => void,
    ): this;
    on(event: 'shell', listener: (accept: Accept<ServerChannel>, reject: Reject) => void): this;
    on(event: 'sftp', listener: (accept: Accept<SftpChannel>, reject: Reject) => void): this;
    on(
      event: 'subsystem',
      listener: (accept: Accept<ServerChannel>, reject: Reject, info: { name: string }) => void,
    ): this;
    on(event: 'auth-agent' | 'x11' | 'signal', listener: (accept: Accept, reject: Reject) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  export interface Connection extends EventEmitter {
    end(): void;
    /** Of the library's inside: the one thing that tells connections of one server apart. */
    _sock: Socket;
    /** Of the library's inside: the reason of a disconnect can be said in no other way. */
    _protocol: { disconnect(reason: number): void };
    on(event: 'authentication', listener: (context: AuthContext) => void): this;
    on(event: 'ready' | 'end' | 'close' | 'rekey', listener: () => void): this;
    on(event: 'handshake', listener: () => void): this;
    on(event: 'session', listener: (accept: Accept<ServerSession>, reject: Reject) => void): this;
    on(
      event: 'tcpip',
      listener: (
        accept: Accept,
        reject: Reject,
        info: { destIP: string; destPort: number; srcIP: string; srcPort: number },
      ) => void,
    ): this;
    on(
      event: 'openssh.streamlocal',
      listener: (accept: Accept, reject: Reject, info: { socketPath: string }) => void,
    ): this;
    on(
      event: 'request',
      listener: (
        accept: Accept,
        reject: Reject,
        name: string,
        info: { bindAddr?: string; bindPort?: number; socketPath?: string } | undefined,
      ) => void,
    ): this;
    on(event: 'error', listener: (error: Error & { level?: string }) => void): this;
  }

  export interface ServerInstance extends EventEmitter {
    injectSocket(socket: Socket): void;
    on(
      event: 'connection',
      listener: (connection: Connection, info: { ip: string; port: number; header: { identRaw: string } }) => void,
    ): this;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  const ssh2: {
    Server: new (config: ServerConfig) => ServerInstance;
    utils: {
      generateKeyPairSync(
        type: 'rsa' | 'ecdsa' | 'ed25519',
        options?: { bits?: number; comment?: string },
      ): {
        private: string;
        public: string;
      };
    };
  };
  export default ssh2;
}
