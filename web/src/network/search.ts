import { compact, oneOf, type Raw, text } from '../shell/params.ts';

interface NetworkSearch {
  tab?: 'talkers' | 'map' | 'protocols' | 'files';
  /** Only conversations with this address. */
  address?: string;
  service?: string;
}

export const validateNetwork = (search: Raw): NetworkSearch =>
  compact({
    tab: oneOf(search.tab, ['talkers', 'map', 'protocols', 'files'] as const),
    address: text(search.address),
    service: text(search.service),
  });
