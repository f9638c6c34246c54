import { readPreference, writePreference } from '../shell/storage.ts';

const name = 'search.recent';
const most = 8;

/** What was searched for in this browser, newest first. */
export function recentQueries(): string[] {
  try {
    const found: unknown = JSON.parse(readPreference(name, '[]'));
    return Array.isArray(found) ? found.filter((each) => typeof each === 'string').slice(0, most) : [];
  } catch {
    return [];
  }
}

export function keepQuery(query: string): void {
  if (query === '') return;
  writePreference(name, JSON.stringify([query, ...recentQueries().filter((each) => each !== query)].slice(0, most)));
}
