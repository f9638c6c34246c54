/** The bytes of nginx 1.22.1 and Apache 2.4.71 (Debian), which are kept in samples/, and the decoy's. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Access } from '../access/access.ts';
import { defineDecoy } from '../contract.ts';
import { serveDecoy } from '../host.test-suite.ts';
import { createPersona } from '../persona/persona.ts';
import { Guests } from './guests.ts';
import { defineLure } from './lure.ts';
import { askAll } from './probe.test-suite.ts';
import { createSite } from './site.ts';
import { apacheStyle, nginxStyle, type ServerStyle } from './style.ts';
import { HttpVisitor } from './visitor.ts';

/** The folder that the real servers had. */
const folder = [
  defineLure({
    name: 'index',
    title: '',
    paths: /^\/$/,
    attack: null,
    severity: 'info',
    answer: () => ({ status: 200, body: '<html><body>It works</body></html>\n', modifiedAt: Date.UTC(2026, 2, 1, 12) }),
  }),
  defineLure({
    name: 'secret',
    title: '',
    paths: /^\/\.htaccess$/,
    attack: null,
    severity: 'info',
    answer: () => ({ status: 403 }),
  }),
];

const serve = (style: ServerStyle) =>
  serveDecoy(
    defineDecoy({
      name: 'http',
      title: 'HTTP',
      description: '',
      defaultPort: 8080,
      protocol: 'http',
      options: z.strictObject({}),
      load: async () => undefined,
      start: (host) => {
        const web = {
          site: createSite(host.seed, host.installedAt),
          style,
          lures: folder,
          access: new Access({ accept: 'never', tries: 0, accounts: [] }),
          guests: new Guests(),
          persona: createPersona(host.seed, host.installedAt),
          now: () => Date.now(),
          isTls: false,
        };
        return { connection: (socket, visit) => new HttpVisitor(socket, visit, web).start() };
      },
    }),
  );

test.each([
  ['nginx-1.22.1', nginxStyle('1.22.1')],
  ['apache-2.4.71', apacheStyle('2.4.71')],
] as const)(
  'the bytes of %s',
  async (name, style) => {
    const real = JSON.parse(readFileSync(new URL(`samples/${name}.json`, import.meta.url), 'utf8')) as Record<
      string,
      string
    >;
    const served = await serve(style);
    try {
      const told = await askAll(served.port);
      for (const [probe, answer] of Object.entries(real)) expect.soft(told[probe], probe).toBe(answer);
      expect(Object.keys(told)).toEqual(Object.keys(real));
    } finally {
      await served.stop();
    }
  },
  60_000,
);
