/**
 * Loaded before anything else in the decoys' process: every way to the outside that Node has throws from here on. The
 * process keeps what it was given: its pipe to the main process, and the sockets that come through it.
 *
 * This is the innermost of three walls. The others: Node's permission model (no network, no files but the program's own,
 * no programs, threads or add-ons) and, where the system allows it, a network namespace without an interface.
 */
import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import dns from 'node:dns';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import inspector from 'node:inspector';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import workers from 'node:worker_threads';

export class DecoyGuardError extends Error {
  constructor(what: string) {
    super(`A decoy wanted to use ${what}. Decoys have no way out.`);
    this.name = 'DecoyGuardError';
  }
}

function forbid(owner: object, name: string, what: string): void {
  if (!(name in owner)) return;
  const refuse = function refuse(): never {
    throw new DecoyGuardError(what);
  };
  Object.defineProperty(owner, name, { value: refuse, writable: false, configurable: false, enumerable: true });
}

function forbidAll(owner: object, names: readonly string[], module: string): void {
  for (const name of names) forbid(owner, name, `${module}.${name}`);
}

forbidAll(net, ['connect', 'createConnection'], 'net');
forbid(net.Socket.prototype, 'connect', 'net.Socket.connect');
forbid(net.Server.prototype, 'listen', 'net.Server.listen');
forbidAll(tls, ['connect'], 'tls');
forbidAll(http, ['request', 'get'], 'http');
forbidAll(https, ['request', 'get'], 'https');
forbidAll(http2, ['connect'], 'http2');
forbidAll(dgram, ['createSocket'], 'dgram');
forbid(dgram.Socket.prototype, 'bind', 'dgram.Socket.bind');
forbid(dgram.Socket.prototype, 'send', 'dgram.Socket.send');
forbid(dgram.Socket.prototype, 'connect', 'dgram.Socket.connect');
const asks = (name: string): boolean => /^(?:lookup|resolve|reverse)/.test(name);
for (const owner of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype])
  forbidAll(owner, Object.getOwnPropertyNames(owner).filter(asks), 'dns');
forbidAll(
  childProcess,
  ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'],
  'child_process',
);
forbidAll(workers, ['Worker'], 'worker_threads');
forbidAll(cluster, ['fork', 'setupPrimary', 'setupMaster'], 'cluster');
forbidAll(inspector, ['open'], 'inspector');
forbidAll(process, ['dlopen', 'binding', '_linkedBinding'], 'process');
forbidAll(globalThis, ['fetch', 'WebSocket', 'EventSource'], 'the global');
syncBuiltinESMExports();
