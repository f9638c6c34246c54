import { type PlaybookSubject, playbookWords } from '../../model/index.ts';

const place = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** What a template is filled with may be as long as an attacker likes. */
const mostOfValue = 500;

const isWord = (word: string): word is keyof PlaybookSubject => playbookWords.some((known) => known === word);

/** Words of a template that mean nothing, and places that are not closed. */
export function templateProblems(text: string): string[] {
  const unknown = [...text.matchAll(place)].flatMap(([, word = '']) =>
    isWord(word) ? [] : [`"{{${word}}}" means nothing here. Use one of ${playbookWords.join(', ')}.`],
  );
  const rest = text.replace(place, '');
  return rest.includes('{{') || rest.includes('}}')
    ? [...unknown, 'A "{{" is not closed by "}}". Write {{address}}.']
    : unknown;
}

/**
 * Puts the values in. What is put in is never read again as a template, holds no line break and is cut.
 *
 * @returns `missing`: words of which the run knows nothing; in the text stands "unknown" for each
 */
export function fill(text: string, subject: PlaybookSubject): { text: string; missing: string[] } {
  const missing: string[] = [];
  const filled = text.replace(place, (_, word: string) => {
    const value = isWord(word) ? subject[word] : null;
    if (value === null || value === '') {
      missing.push(word);
      return 'unknown';
    }
    const said = String(value).replace(/\p{C}+/gu, ' ');
    return said.length > mostOfValue ? `${said.slice(0, mostOfValue)}…` : said;
  });
  return { text: filled, missing };
}
