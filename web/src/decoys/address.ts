import { compact, oneOf, type Raw, text } from '../shell/params.ts';

const decoyTabs = ['decoys', 'visits', 'passwords', 'files', 'bait'] as const;

export interface DecoysSearch {
  tab?: (typeof decoyTabs)[number];
  decoy?: string;
  address?: string;
  only?: 'logged_in' | 'recorded';
  /** The decoy whose options are open. */
  options?: string;
}

export const validateDecoys = (search: Raw): DecoysSearch =>
  compact({
    tab: oneOf(search.tab, decoyTabs),
    decoy: text(search.decoy)?.slice(0, 20),
    address: text(search.address)?.slice(0, 64),
    only: oneOf(search.only, ['logged_in', 'recorded'] as const),
    options: text(search.options)?.slice(0, 20),
  });
