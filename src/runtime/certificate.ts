import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { PhosorConfig } from '../config/index.ts';
import type { Log } from '../serve/contract.ts';

/** What a TLS server is made with. */
export interface Identity {
  cert: string;
  key: string;
  passphrase?: string;
}

export interface Certificate {
  current(): Identity;
  /** SHA-256, as browsers show it. */
  fingerprint: string;
  isSelfSigned: boolean;
  /** Calls `use` with the new identity when the files have changed and fit together. @returns how to stop */
  watch(use: (identity: Identity) => void, log: Log): () => void;
}

const watchEveryMs = 10_000;
const soonMs = 14 * 86_400_000;
const validMs = 825 * 86_400_000;

/**
 * The certificate of the HTTP port. Null: it speaks plain HTTP.
 *
 * @throws a sentence where the files are missing or do not fit together
 */
export async function openCertificate(
  { tls, dataDir, http }: PhosorConfig,
  now = Date.now,
): Promise<Certificate | null> {
  if (tls.certFile === '' && tls.keyFile === '' && !tls.selfSigned) return null;
  const isGiven = tls.certFile !== '' || tls.keyFile !== '';
  if (isGiven && (tls.certFile === '' || tls.keyFile === ''))
    throw new Error('HTTPS needs both PHOSOR_TLS_CERT and PHOSOR_TLS_KEY. Set the one that is missing.');
  const place = join(dataDir, 'tls');
  const certFile = isGiven ? tls.certFile : join(place, 'cert.pem');
  const keyFile = isGiven ? tls.keyFile : join(place, 'key.pem');
  if (!isGiven) await makeOwn(place, certFile, keyFile, http.host, now());
  const passphrase = tls.keyPassphrase ?? undefined;
  const read = (): Identity => {
    const identity = { cert: readText(certFile), key: readText(keyFile), ...(passphrase && { passphrase }) };
    try {
      createSecureContext(identity);
    } catch (error) {
      throw new Error(
        `${certFile} and ${keyFile} cannot be used for HTTPS (${(error as Error).message}). The key must belong to the certificate, and an encrypted one needs PHOSOR_TLS_KEY_PASSPHRASE.`,
      );
    }
    return identity;
  };
  let identity = read();
  return {
    current: () => identity,
    fingerprint: new X509Certificate(identity.cert).fingerprint256,
    isSelfSigned: !isGiven,
    watch(use, log) {
      const stamp = (): string =>
        [certFile, keyFile].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).join();
      let seen = stamp();
      let warnedAt = 0;
      const look = (): void => {
        const end = Date.parse(new X509Certificate(identity.cert).validTo);
        if (end - now() < soonMs && now() - warnedAt > 86_400_000) {
          warnedAt = now();
          log('warn', `The certificate of the HTTP port ends on ${new Date(end).toISOString().slice(0, 10)}.`);
        }
        const at = stamp();
        if (at === seen) return;
        seen = at;
        try {
          identity = read();
          use(identity);
          log('info', `The certificate was read again: ${new X509Certificate(identity.cert).fingerprint256}`);
        } catch (error) {
          log('warn', `${(error as Error).message} The former certificate stays in use.`);
        }
      };
      const timer = setInterval(look, watchEveryMs);
      look();
      return () => clearInterval(timer);
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}). Correct PHOSOR_TLS_CERT or PHOSOR_TLS_KEY.`,
    );
  }
}

/** Made once, and anew when it is about to end. */
async function makeOwn(place: string, certFile: string, keyFile: string, host: string, now: number): Promise<void> {
  if (existsSync(certFile) && existsSync(keyFile)) {
    if (Date.parse(new X509Certificate(readFileSync(certFile)).validTo) - now > soonMs) return;
  }
  // Loaded where it is needed: most installations bring their own certificate.
  const { generate } = await import('selfsigned');
  const names = [...new Set(['localhost', hostname()])].map((value) => ({ type: 2 as const, value }));
  const isAddress = /^[\d.]+$|:/.test(host) && host !== '0.0.0.0' && host !== '::';
  const addresses = [...new Set(['127.0.0.1', '::1', ...(isAddress ? [host] : [])])];
  const made = await generate([{ name: 'commonName', value: 'Phosor' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(now + validMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...names, ...addresses.map((ip) => ({ type: 7 as const, ip }))] },
    ],
  });
  mkdirSync(place, { recursive: true, mode: 0o700 });
  writeFileSync(keyFile, made.private, { mode: 0o600 });
  writeFileSync(certFile, made.cert, { mode: 0o600 });
}
