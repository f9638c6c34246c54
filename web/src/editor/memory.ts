import type { RulesSearch } from '../rules/address.ts';

/** The filters under which the list of rules was last seen, for the way back. */
export const listMemory: { search: RulesSearch } = { search: {} };
