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
  eventFields: z
    .array(z.string().regex(/^(?:user|fields\.[\w-]+(?:\.[\w-]+)*)$/, 'must be "user" or "fields." and a name'))
    .max(50)
    .default([])
    .meta({
      title: 'Sealed fields of events',
      description:
        'Fields whose values are encrypted before an event is stored: user, or fields.name. Rules see them as they came; everything else sees a marker that is the same for the same value. What that costs is said in docs/encryption.md.',
      env: ['PHOSOR_ENCRYPTION_EVENT_FIELDS'],
    }),
});
