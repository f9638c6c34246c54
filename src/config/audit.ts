import { z } from 'zod';

/** Where the audit trail lies. */
export const audit = z.strictObject({
  dir: z
    .string()
    .default('')
    .meta({
      title: 'Audit folder',
      description: 'Where the audit trail is written (JSON lines, mode 0600). Default: audit in the data folder.',
      env: ['PHOSOR_AUDIT_DIR'],
    }),
});
