import { z } from 'zod';
import { accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';

const options = z.strictObject({
  ...accessOptions,
  protected: z
    .boolean()
    .default(false)
    .meta({ title: 'Password', description: 'Wants a password first. Without, anybody may do anything, as so often.' }),
});
export type RedisOptions = z.output<typeof options>;

/** A Redis that does nothing: what attackers write into it, and where they want it to be written, is kept. */
export const redis = defineDecoy({
  name: 'redis',
  title: 'Redis',
  description:
    'Looks like Redis 7.0 without a password. Commands, values, files to be written and masters to follow are kept.',
  defaultPort: 6380,
  protocol: 'redis',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen) {
    const { serveRedis } = await import('./start.ts');
    return serveRedis(host, chosen);
  },
});
