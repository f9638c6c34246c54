import { z } from 'zod';
import { accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';
import { lures } from './lures/index.ts';

const options = z.strictObject({
  ...accessOptions,
  software: z
    .enum(['auto', 'nginx', 'apache'])
    .default('auto')
    .meta({ title: 'Web server', description: 'Which one it answers like. auto: by the persona.' }),
  tls: z
    .boolean()
    .default(false)
    .meta({ title: 'TLS', description: 'Also answers HTTPS on the same port, and tells JA3 and JA4 of the client.' }),
  lures: z
    .array(z.enum(lures.map(({ name }) => name) as [string, ...string[]]))
    .max(lures.length)
    .default([])
    .meta({ title: 'Lures', description: 'What it shows. None chosen: all.' }),
});
export type HttpOptions = z.output<typeof options>;

/** A web host with everything on it that attackers look for, and pages behind its log-ins. What is typed there is told and run nowhere. */
export const http = defineDecoy({
  name: 'http',
  title: 'HTTP',
  description:
    'A web host with log-in pages, consoles behind them, forgotten files and holes. Requests, passwords, what is typed and what is to be fetched are kept.',
  defaultPort: 8080,
  protocol: 'http',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen) {
    const { serveHttp } = await import('./start.ts');
    return serveHttp(host, chosen);
  },
});
