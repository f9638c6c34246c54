import { type Bait, createBait } from '../bait/bait.ts';
import { createDatabase, type Database } from '../database/database.ts';
import { diceFrom } from '../persona/random.ts';

/** What the imitated web host says about itself. Follows from the seed; nothing in it is a constant of this repository. */
export interface Site {
  bait: Bait;
  database: Database;
  software: 'nginx' | 'apache';
  softwareVersion: string;
  /** What `/` shows. */
  front: 'server' | 'blog' | 'portal' | 'router';
  hostname: string;
  domain: string;
  /** The blog's or the firm's name. */
  title: string;
  admin: string;
  php: string;
  wordpress: string;
  wordpressTheme: string;
  phpmyadmin: string;
  tomcat: string;
  jenkins: string;
  spring: string;
  router: { brand: string; model: string; firmware: string; serial: string };
  /** Secrets in files, made up. */
  secret: (name: string, length: number, alphabet?: string) => string;
  /** When a file was changed last, epoch ms. */
  changedAt: (name: string) => number;
}

const firms = [
  'Nord',
  'Alta',
  'Vero',
  'Lumen',
  'Kern',
  'Terra',
  'Sol',
  'Arbor',
  'Meri',
  'Tando',
  'Falk',
  'Orbis',
  'Quint',
  'Riva',
  'Stella',
  'Varo',
] as const;
const trades = [
  'Logistics',
  'Systems',
  'Foods',
  'Media',
  'Medical',
  'Tools',
  'Analytics',
  'Energy',
  'Print',
  'Travel',
  'Parts',
  'Labs',
] as const;
const routers = [
  ['TP-LINK', ['TL-WR841N', 'TL-WR940N', 'Archer C7', 'Archer C20']],
  ['NETGEAR', ['R6400', 'R7000', 'WNR2000v5', 'DGN2200']],
  ['D-Link', ['DIR-615', 'DIR-842', 'DSL-2750B', 'DIR-825']],
  ['ASUS', ['RT-N66U', 'RT-AC68U', 'RT-AC1200G']],
] as const;

/** @param named the host's name and domain, where the imitated machine has them */
export function createSite(seed: string, installedAt: number, named?: { hostname: string; domain: string }): Site {
  const dice = diceFrom(`site ${seed}`);
  const firm = dice.pick(firms) + dice.pick(['', 'a', 'is', 'ex', 'on']);
  const trade = dice.pick(trades);
  const [brand, models] = dice.pick(routers);
  const version = (major: string, low: number, high: number): string => `${major}.${dice.between(low, high)}`;
  const software = dice.chance(0.5) ? 'nginx' : 'apache';
  return {
    bait: createBait(seed),
    database: createDatabase(seed),
    software,
    softwareVersion: software === 'nginx' ? '1.22.1' : version('2.4', 57, 66),
    front: dice.pick(['server', 'blog', 'blog', 'portal', 'router']),
    hostname: named?.hostname ?? `${dice.pick(['web', 'www', 'app', 'srv'])}${dice.between(1, 40)}`,
    domain: named?.domain ?? `${firm}-${trade}.example`.toLowerCase(),
    title: `${firm} ${trade}`,
    admin: dice.pick(['admin', 'webmaster', 'editor', 'redaktion']) + dice.pick(['', '', String(dice.between(1, 99))]),
    php: version('8.2', 7, 29),
    wordpress: dice.pick(['6.4.3', '6.4.5', '6.5.2', '6.5.5', '6.6.1', '6.6.2', '6.7.1']),
    wordpressTheme: dice.pick(['twentytwentyone', 'twentytwentytwo', 'twentytwentythree', 'twentytwentyfour', 'astra']),
    phpmyadmin: dice.pick(['5.2.0', '5.2.1', '5.1.3', '5.1.4']),
    tomcat: version('9.0', 68, 98),
    jenkins: dice.pick(['2.426.1', '2.426.3', '2.440.1', '2.440.3', '2.452.1']),
    spring: dice.pick(['2.6.14', '2.7.5', '2.7.18', '3.1.4']),
    router: {
      brand,
      model: dice.pick<string>(models),
      firmware: `${dice.between(1, 3)}.${dice.between(0, 20)}.${dice.between(1, 9)} Build ${15 + dice.between(0, 8)}${String(dice.between(1, 12)).padStart(2, '0')}${String(dice.between(1, 28)).padStart(2, '0')}`,
      serial: dice.hex(12).toUpperCase(),
    },
    secret: (name, length, alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') => {
      const own = diceFrom(`secret ${name} ${seed}`);
      return Array.from({ length }, () => alphabet[own.between(0, alphabet.length - 1)]).join('');
    },
    changedAt: (name) => installedAt - Math.floor(diceFrom(`changed ${name} ${seed}`).next() * 200 * 86_400) * 1000,
  };
}
