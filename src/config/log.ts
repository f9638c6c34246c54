import { z } from 'zod';

/** How the log is written to standard output. */
export const log = z.strictObject({
  format: z
    .enum(['text', 'json'])
    .default('text')
    .meta({
      title: 'Form of the log',
      description: 'text: lines for people; json: an object a line with time, level, message and what it is about.',
      env: ['PHOSOR_LOG_FORMAT'],
    }),
});
