/** Writes the generated pages under docs/. `--check` writes nothing and fails where one is stale. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfigOption, expected, laterEnvironment, options } from '../src/config/options.ts';
import { eventTypes, facilities, levels, outcomes, severities, sourceTypes } from '../src/model/index.ts';
import { formats } from '../src/parse/index.ts';

const root = join(import.meta.dirname, '..');
const generated = '<!-- Written by `npm run docs`. Do not edit: change the option or the list in the source. -->';
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function configurationPage(): string {
  const sections = new Map<string, ConfigOption[]>();
  for (const option of options) {
    const name = option.key.includes('.') ? option.key.slice(0, option.key.indexOf('.')) : 'General';
    sections.set(name, [...(sections.get(name) ?? []), option]);
  }
  const lines = [
    '# Configuration',
    '',
    generated,
    '',
    'Every option can be set in `phosor.config.json` or `phosor.config.yaml` (in the folder Phosor is started from, or `--config FILE`),',
    'as an environment variable, or as a flag of `phosor start`. Flags win over the environment, the environment over the file,',
    'the file over the default. An unknown key or flag is refused with its path. Secrets are masked wherever settings are shown.',
    '',
    'Lists are written with commas in a variable or flag (folders with colons), or as JSON. Sizes may be written `450MB` or `1GiB`.',
    '',
    '```json',
    '{ "http": { "port": 8000 }, "files": { "roots": ["/var/log"], "watch": ["/var/log/nginx/*.log"] } }',
    '```',
    '',
  ];
  for (const [name, members] of sections) {
    lines.push(`## ${name}`, '');
    for (const option of members) lines.push(...optionLines(option));
  }
  lines.push(
    '## Promised names without effect yet',
    '',
    'These environment variables belong to features that are not built yet. They are ignored without a warning:',
    ...laterEnvironment.map((name) => `- \`${name}\``),
    '',
  );
  return lines.join('\n');
}

function optionLines(option: ConfigOption): string[] {
  const marks = [option.runtime ? 'may change at run time' : '', option.secret ? 'secret' : ''].filter(Boolean);
  const preset = option.key === 'dataDir' ? 'see above' : `\`${JSON.stringify(option.default ?? null)}\``;
  return [
    `### \`${option.key}\``,
    '',
    `${option.title}. ${option.description}`,
    '',
    `- Default: ${preset}. Accepts ${expected(option.json)}.${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`,
    `- Environment: ${option.env.map((name) => `\`${name}\``).join(', ')}. Flag: \`${option.flags[0]}\``,
    '',
  ];
}

function enumerationsPage(): string {
  const list = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(', ');
  return [
    '# What an event may say',
    '',
    generated,
    '',
    '## Event types',
    '',
    '| event_type | when |',
    '|---|---|',
    ...Object.entries(eventTypes).map(([name, when]) => `| \`${name}\` | ${cell(when)} |`),
    '',
    '## Formats',
    '',
    'What `format` may be, in the order in which the formats are tried; `raw` is what none of them knows.',
    '',
    '| format | what it reads |',
    '|---|---|',
    ...formats.map((format) => `| \`${format.name}\` | ${cell(format.description)} |`),
    '',
    '## Other fields',
    '',
    `- \`severity\`, in rising order: ${list(severities)}`,
    `- \`outcome\`: ${list(outcomes)}`,
    `- \`source_type\`: ${list(sourceTypes)}`,
    `- \`level\` (syslog severities 0 to 7): ${list(levels)}`,
    `- \`facility\` (syslog facilities 0 to 23): ${list(facilities)}`,
    '',
  ].join('\n');
}

/** Every generated page. */
export const pages: readonly { path: string; text: () => string }[] = [
  { path: 'docs/configuration.md', text: configurationPage },
  { path: 'docs/events.md', text: enumerationsPage },
];

if (import.meta.main) {
  let stale = 0;
  for (const { path, text } of pages) {
    const target = join(root, path);
    const fresh = text();
    if (existsSync(target) && readFileSync(target, 'utf8') === fresh) continue;
    stale += 1;
    if (process.argv.includes('--check')) console.error(`${path} is stale. Run npm run docs and commit it.`);
    else {
      writeFileSync(target, fresh);
      console.log(`wrote ${path}`);
    }
  }
  if (process.argv.includes('--check') && stale > 0) process.exitCode = 1;
}
