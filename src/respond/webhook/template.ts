import type { NotificationMessage } from '../contract.ts';
import { cut, oneLine, plain } from '../text/text.ts';

/* Templates hold no logic: they name values, and each value is escaped for the body it is put into. */

export const bodyTypes = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'] as const;
export type BodyType = (typeof bodyTypes)[number];

/** What a template may name. */
export const valuesOf = (message: NotificationMessage): Record<string, string | number | null | object> => ({
  id: message.id,
  kind: message.kind,
  incident_id: message.key,
  title: cut(oneLine(message.title), 500),
  severity: message.severity,
  risk: message.risk,
  summary: cut(plain(message.summary), 10_000),
  facts: Object.fromEntries(
    message.facts.slice(0, 50).map(({ name, value }) => [cut(oneLine(name), 200), cut(oneLine(value), 2000)]),
  ),
  lines: message.lines.slice(-50).map((line) => cut(oneLine(line), 1000)),
  more_lines: message.moreLines + Math.max(0, message.lines.length - 50),
  url: message.url,
  time: new Date(message.time).toISOString(),
});

const placeholder = /\{\{\s*(json\s+)?([a-z_]+)\s*\}\}/g;

const escapes: Readonly<Record<BodyType, (text: string) => string>> = {
  'application/json': (text) => JSON.stringify(text).slice(1, -1),
  'application/x-www-form-urlencoded': encodeURIComponent,
  'text/plain': (text) => text,
};

/** `{{title}}`: the value, escaped for the body. `{{json facts}}`: the value as JSON, quotes included. */
export function renderTemplate(template: string, type: BodyType, message: NotificationMessage): string {
  const values = valuesOf(message);
  return template.replace(placeholder, (_, json: string | undefined, name: string) => {
    const value = values[name] ?? null;
    if (json !== undefined)
      return type === 'application/json' ? JSON.stringify(value) : escapes[type](JSON.stringify(value));
    const text = Array.isArray(value)
      ? value.join('\n')
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
            .map(([key, each]) => `${key}: ${each}`)
            .join('\n')
        : String(value ?? '');
    return escapes[type](text);
  });
}

/** What is wrong with a template, in a sentence; null: nothing. */
export function templateProblem(template: string, type: BodyType): string | null {
  if (template === '') return null;
  const names = Object.keys(valuesOf(sample));
  for (const [found, , name] of template.matchAll(placeholder))
    if (!names.includes(String(name)))
      return `The template names ${found}, which does not exist. Use one of: ${names.join(', ')}`;
  const left = template.replace(placeholder, '');
  if (left.includes('{{') || left.includes('}}'))
    return 'The template has braces that close nothing. Write {{title}} or {{json facts}}';
  if (type !== 'application/json') return null;
  try {
    JSON.parse(renderTemplate(template, type, sample));
    return null;
  } catch {
    return 'The template gives no JSON. Put {{title}} and the like inside quotes, {{json facts}} without';
  }
}

const sample: NotificationMessage = {
  id: 'sample',
  kind: 'test',
  key: 'sample',
  title: 'A "quoted"\\ title',
  severity: 'high',
  risk: 70,
  summary: 'Two\nlines',
  facts: [{ name: 'Address', value: '192.0.2.1' }],
  lines: ['one', 'two'],
  moreLines: 0,
  url: 'https://phosor.example.com/',
  time: 0,
};
