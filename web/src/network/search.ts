import { compact, oneOf, type Raw, text } from '../shell/params.ts';

interface NetworkSearch {
  tab?: 'packets' | 'talkers' | 'map' | 'chain' | 'protocols' | 'files';
  /** Only conversations with this address. */
  address?: string;
  service?: string;
  /** Of when: what is held now, or stored conversations. */
  span?: 'now' | 'hour' | 'day' | 'all';
  /** The attack that is drawn: an incident. */
  attack?: string;
}

export const validateNetwork = (search: Raw): NetworkSearch =>
  compact({
    tab: oneOf(search.tab, ['packets', 'talkers', 'map', 'chain', 'protocols', 'files'] as const),
    address: text(search.address),
    service: text(search.service),
    span: oneOf(search.span, ['now', 'hour', 'day', 'all'] as const),
    attack: text(search.attack),
  });
