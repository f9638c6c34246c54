/** `npm run new <kind> <name>`: a folder, a sample, and its line in the registry, so that the first test passes at once. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Kind {
  /** What a name looks like, in words. */
  rule: string;
  make: (name: string) => { files: Record<string, string>; edits: readonly Edit[]; next: readonly string[] };
}

/** One change in a registry. `change` gets the text and returns the new one. */
interface Edit {
  path: string;
  change: (text: string) => string;
}

const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const format: Kind = {
  rule: 'lower-case words with dashes, the program’s name: my-app',
  make(name) {
    const variable = camel(name);
    return {
      files: {
        [`src/parse/${name}/format.ts`]: formatSource(name, variable),
        [`src/parse/${name}/samples/lines.log`]: formatSample(name),
      },
      edits: [{ path: 'src/parse/index.ts', change: (text) => registerFormat(text, name, variable) }],
      next: [
        `Put real lines into src/parse/${name}/samples/lines.log (documentation addresses only).`,
        `Read them in src/parse/${name}/format.ts.`,
        'npm test -- src/parse -u      # writes the golden file; read the diff',
        'npm run docs                  # docs/events.md lists the new format',
      ],
    };
  },
};

const rule: Kind = {
  rule: 'topic and name, lower case with dashes: ssh/my-detection',
  make(name) {
    return {
      files: {
        [`rules/${name}.yml`]: ruleSource(name),
        [`rules/${name}.fire.log`]: ruleLines('203.0.113.7'),
        [`rules/${name}.quiet.log`]: `Nov 20 10:00:00 host01 sshd[1000]: Accepted publickey for alice from 192.0.2.20 port 40000 ssh2: ED25519 SHA256:c2FtcGxl\n`,
      },
      edits: [],
      next: [
        `Say what to find in rules/${name}.yml.`,
        `Lines that must raise an alert go into rules/${name}.fire.log, harmless ones into rules/${name}.quiet.log.`,
        `npx phosor rules check rules/${dirname(name)} && npx phosor rules test rules/${dirname(name)}`,
      ],
    };
  },
};

const kinds: Readonly<Record<string, Kind>> = { format, rule };

function formatSource(name: string, variable: string): string {
  return `import { defineFormat } from '../contract.ts';

const line = /^user=(\\S+) from=(\\S+) result=(ok|failed)$/;

/** Log lines of ${name}. */
export const ${variable} = defineFormat({
  name: '${name}',
  description: 'Logins to ${name}.',
  programs: ['${name}'],
  leads: '',
  parse(event, text) {
    const found = line.exec(text);
    if (!found) return false;
    const isFailure = found[3] === 'failed';
    event.format = '${name}';
    event.event_type = isFailure ? 'auth.failure' : 'auth.success';
    event.outcome = isFailure ? 'failure' : 'success';
    event.severity = isFailure ? 'medium' : 'info';
    event.user = found[1] ?? null;
    event.src_ip = found[2] ?? null;
    return true;
  },
});
`;
}

function formatSample(name: string): string {
  return [
    `# Where these lines come from: written by hand as a start; replace them by what ${name} really writes.`,
    `Nov 20 10:00:00 host01 ${name}[1000]: user=alice from=192.0.2.20 result=ok`,
    `Nov 20 10:00:05 host01 ${name}[1000]: user=root from=203.0.113.7 result=failed`,
    '',
  ].join('\n');
}

/** Adds the import (in alphabetical order, as Biome sorts) and the entry at the front: the new format is the most specific. */
function registerFormat(text: string, name: string, variable: string): string {
  const imported = `import { ${variable} } from './${name}/format.ts';`;
  const lines = text.split('\n');
  const imports = lines.flatMap((each, i) => (/^import .* from '\.\/[^']*';$/.test(each) ? [i] : []));
  const path = (each: string): string => /'([^']*)'/.exec(each)?.[1] ?? '';
  const after = imports.filter((i) => path(lines[i] ?? '') < `./${name}/format.ts`).at(-1);
  const at = after === undefined ? (imports[0] ?? 0) : after + 1;
  lines.splice(at, 0, imported);
  const added = lines.join('\n');
  const registry = /(export const formats\s*=\s*\[)(\s*)/.exec(added);
  if (!registry) throw new Error('src/parse/index.ts has no "export const formats = [" to add to.');
  const end = registry.index + registry[0].length;
  const next = `${added.slice(0, end)}${variable},${registry[2] || ' '}${added.slice(end)}`;
  return next;
}

function ruleSource(name: string): string {
  const title = name.slice(name.lastIndexOf('/') + 1).replaceAll('-', ' ');
  return `title: ${title[0]?.toUpperCase()}${title.slice(1)}
id: ${crypto.randomUUID()}
status: experimental
description: Failed logins. Say here what the rule finds and why it matters.
author: Phosor
logsource:
  product: linux
  service: sshd
detection:
  selection:
    event_type: auth.failure
  condition: selection
falsepositives:
  - Say here what is harmless and looks the same
level: medium
tags:
  - attack.t1110
phosor:
  response: >-
    Say here, in a sentence or two, what a person should look at first and do about an alert of this rule.
`;
}

const ruleLines = (ip: string): string =>
  `Nov 20 10:00:00 host01 sshd[1000]: Failed password for root from ${ip} port 50000 ssh2\n`;

function main(): number {
  const [kindName, name] = process.argv.slice(2);
  const kind = kindName !== undefined && Object.hasOwn(kinds, kindName) ? kinds[kindName] : undefined;
  if (!kind) {
    console.error(`Say what to make: npm run new ${Object.keys(kinds).join('|')} NAME`);
    return 2;
  }
  const shape = kindName === 'rule' ? /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)+$/ : /^[a-z][a-z0-9-]*$/;
  if (name === undefined || !shape.test(name)) {
    console.error(`The name "${name ?? ''}" does not fit. It is ${kind.rule}.`);
    return 2;
  }
  const { files, edits, next } = kind.make(name);
  const taken = Object.keys(files).find((path) => existsSync(join(root, path)));
  if (taken) {
    console.error(`${taken} exists already. Choose another name.`);
    return 1;
  }
  const changed = edits.map(({ path, change }) => ({ path, text: change(readFileSync(join(root, path), 'utf8')) }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    console.log(`made     ${path}`);
  }
  for (const { path, text } of changed) {
    writeFileSync(join(root, path), text);
    console.log(`changed  ${relative(root, join(root, path))}`);
  }
  console.log(`\nNext:\n${next.map((each) => `  ${each}`).join('\n')}`);
  return 0;
}

process.exitCode = main();
