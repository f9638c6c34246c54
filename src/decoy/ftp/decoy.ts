import { z } from 'zod';
import { accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';

const options = z.strictObject({
  ...accessOptions,
  anonymous: z
    .boolean()
    .default(false)
    .meta({ title: 'Anonymous', description: 'Lets `anonymous` and `ftp` in with any password. Debian refuses them.' }),
  writable: z
    .boolean()
    .default(true)
    .meta({ title: 'Uploads', description: 'Takes files. They are kept inert, by their SHA-256.' }),
  banner: z
    .string()
    .max(200)
    .regex(/^[ -~]*$/, 'Printable ASCII only.')
    .default('(vsFTPd 3.0.3)')
    .meta({ title: 'Banner', description: 'What stands behind 220. nmap tells the server by it.' }),
  failureDelayMs: z
    .int()
    .min(0)
    .max(30_000)
    .default(3000)
    .meta({ title: 'Delay of a refusal (ms)', description: "vsftpd's own is around 3,000, and varies." }),
});
export type FtpOptions = z.output<typeof options>;

/** An FTP server that answers byte for byte like vsftpd 3.0.3, and dials nobody. */
export const ftp = defineDecoy({
  name: 'ftp',
  title: 'FTP',
  description: 'Answers like vsftpd 3.0.3. Passwords, commands and uploads are kept; PORT connects nowhere.',
  defaultPort: 2121,
  protocol: 'ftp',
  options,
  load: () => import('./start.ts'),
  async start(host, chosen) {
    const { serveFtp } = await import('./start.ts');
    return serveFtp(host, chosen);
  },
});
