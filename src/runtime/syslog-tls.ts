import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { PhosorConfig } from '../config/index.ts';
import type { SyslogIdentity } from '../ingest/contract.ts';
import type { Certificate } from './certificate.ts';

/**
 * What syslog over TLS is answered with: Phosor's certificate, and the authorities of senders where they are asked for.
 * Null: there is no certificate, or the port is off.
 *
 * @throws a sentence where the file of authorities cannot be used
 */
export function syslogIdentity(
  { tlsPort, tlsClientCaFile }: PhosorConfig['syslog'],
  certificate: Pick<Certificate, 'current'> | null,
): SyslogIdentity | null {
  if (tlsClientCaFile !== '' && certificate === null)
    throw new Error(
      'PHOSOR_SYSLOG_TLS_CA needs a certificate of Phosor: set PHOSOR_TLS_CERT or PHOSOR_TLS_SELF_SIGNED.',
    );
  if (certificate === null || tlsPort === 0) return null;
  if (tlsClientCaFile === '') return { ...certificate.current() };
  try {
    const ca = readFileSync(tlsClientCaFile, 'utf8');
    if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no certificate');
    createSecureContext({ ca });
    return { ...certificate.current(), ca };
  } catch (error) {
    throw new Error(
      `${tlsClientCaFile} cannot be used for senders of syslog (${(error as Error).message}). Give PHOSOR_SYSLOG_TLS_CA a PEM file of authorities.`,
    );
  }
}
