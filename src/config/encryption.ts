import { z } from 'zod';

/** How secrets and chosen fields are encrypted on disk. */
export const encryption = z.strictObject({
  key: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({
      title: 'Encryption key',
      description:
        'Fernet key that secrets are encrypted with on disk. Several with commas between: the first encrypts, all decrypt. Without it one is generated on first run and kept in the data folder. Make one with: phosor key generate.',
      env: ['PHOSOR_ENCRYPTION_KEY'],
      secret: true,
    }),
});
