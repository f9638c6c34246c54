import { z } from 'zod';

const file = (title: string, env: string, description: string) =>
  z
    .string()
    .default('')
    .meta({ title, description, env: [env] });

/** HTTPS of Phosor's own. */
export const tls = z.strictObject({
  certFile: file(
    'Certificate',
    'PHOSOR_TLS_CERT',
    'PEM file with the certificate and its chain. With it the HTTP port speaks HTTPS. Read again when it changes.',
  ),
  keyFile: file('Private key', 'PHOSOR_TLS_KEY', 'PEM file with the key of the certificate.'),
  keyPassphrase: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({
      title: 'Passphrase of the private key',
      description: 'Where the key file is encrypted.',
      env: ['PHOSOR_TLS_KEY_PASSPHRASE'],
      secret: true,
    }),
  selfSigned: z
    .boolean()
    .default(false)
    .meta({
      title: 'Certificate of its own',
      description:
        'Speak HTTPS with a certificate that Phosor makes itself and keeps in the data folder. Browsers warn of it; its fingerprint is printed at the start.',
      env: ['PHOSOR_TLS_SELF_SIGNED'],
    }),
});
