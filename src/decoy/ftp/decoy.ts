import { z } from 'zod';
import { Access, accessOptions } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';
import { createPersona } from '../persona/persona.ts';
import { accountOf, openArea } from './area.ts';
import { FtpSession } from './session.ts';

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

/** An FTP server that answers byte for byte like vsftpd 3.0.3, and dials nobody. */
export const ftp = defineDecoy({
  name: 'ftp',
  title: 'FTP',
  description: 'Answers like vsftpd 3.0.3. Passwords, commands and uploads are kept; PORT connects nowhere.',
  defaultPort: 2121,
  protocol: 'ftp',
  options,
  start(host, { accept, tries, accounts, anonymous, writable, banner, failureDelayMs }) {
    const access = new Access({ accept, tries, accounts });
    let clients = 0;
    const persona = createPersona(host.seed, host.installedAt);
    return {
      connection(socket, visit) {
        clients += 1;
        visit.signal.addEventListener('abort', () => {
          clients -= 1;
        });
        new FtpSession(socket, visit, host, {
          banner,
          anonymous,
          writable,
          failureDelayMs,
          admits: (address, user, password) => access.admits(address, user, password),
          account: (user) => accountOf(persona, user),
          open: (user) => openArea(host, persona, user),
          clients: () => clients,
        }).start();
      },
    };
  },
});
