import { z } from 'zod';
import { defineDecoy } from '../contract.ts';

const options = z.strictObject({
  server: z
    .enum(['mariadb', 'mysql'])
    .default('mariadb')
    .meta({ title: 'Server', description: "mariadb: Debian's own. mysql: 8.0, which asks by caching_sha2_password." }),
});
export type MysqlOptions = z.output<typeof options>;

/** A database server that refuses everybody, and keeps who tried and what can be known of the password. */
export const mysql = defineDecoy({
  name: 'mysql',
  title: 'MySQL',
  description:
    'Looks like MariaDB or MySQL and refuses every login. Users, databases, client and the answer to the challenge are kept.',
  defaultPort: 3307,
  protocol: 'mysql',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen) {
    const { serveMysql } = await import('./start.ts');
    return serveMysql(host, chosen);
  },
});
