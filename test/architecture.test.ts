/** The rules of the architecture that a compiler does not keep: borders between stages and units, purity, completeness. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { laterEnvironment, options } from '../src/config/options.ts';
import { eventTypes } from '../src/model/index.ts';
import { packageRoot } from '../src/package.ts';
import { formats } from '../src/parse/index.ts';

const src = join(packageRoot, 'src');
const stages = ['ingest', 'parse', 'enrich', 'detect', 'respond', 'store', 'serve', 'decoy'] as const;
const pure = ['model', 'parse', 'enrich', 'detect', 'wire'] as const;
/** Folders inside a stage that are no units: every unit of the stage may use them. */
const shared: Readonly<Record<string, readonly string[]>> = {
  parse: ['syslog', 'time'],
  detect: ['index', 'regex', 'sigma', 'native', 'correlate', 'explain'],
  store: ['audit', 'events', 'secrets', 'spool', 'state'],
  serve: ['auth', 'alerts', 'backtest', 'rules', 'events', 'live', 'logs', 'pdf', 'reputation', 'sources', 'threats'],
  ingest: ['syslog', 'files'],
  respond: ['text', 'http', 'mail', 'decisions'],
  decoy: ['access', 'bait', 'database', 'host', 'persona', 'shell'],
};

interface SourceFile {
  /** `src/parse/sshd/format.ts` */
  path: string;
  text: string;
  /** Imported files, relative to the package. */
  imports: readonly string[];
  /** Imported packages and built-in modules. */
  packages: readonly string[];
}

function filesUnder(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, 'utf8');
      const named = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)'([^']+)'/gm)].map(
        (found) => found[1] as string,
      );
      return {
        path: relative(packageRoot, path),
        text,
        imports: named
          .filter((name) => name.startsWith('.'))
          .map((name) => relative(packageRoot, resolve(dirname(path), name))),
        packages: named.filter((name) => !name.startsWith('.')),
      };
    });
}

const isTest = ({ path }: SourceFile): boolean => /\.test(?:-suite)?\.ts$/.test(path);
const all = filesUnder(src);
const sources = all.filter((file) => !isTest(file));
const inStage = (stage: string): SourceFile[] => sources.filter(({ path }) => path.startsWith(`src/${stage}/`));

describe('borders', () => {
  test('there are files to look at', () => {
    expect(sources.length).toBeGreaterThan(80);
    for (const stage of stages) {
      if (existsSync(join(src, stage)) && readdirSync(join(src, stage)).length > 0)
        expect(inStage(stage).length, stage).toBeGreaterThan(0);
    }
  });

  test('a stage imports only itself, the model and the contracts of others', () => {
    const wrong: string[] = [];
    for (const stage of stages) {
      for (const file of inStage(stage)) {
        for (const target of file.imports) {
          const isOwn = target.startsWith(`src/${stage}/`);
          const isModel = target.startsWith('src/model/');
          const isContract = /^src\/[a-z]+\/contract\.ts$/.test(target);
          if (!isOwn && !isModel && !isContract) wrong.push(`${file.path} imports ${target}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('the model imports nothing but itself', () => {
    for (const { path, imports, packages } of inStage('model')) {
      expect(packages, path).toEqual([]);
      for (const target of imports) expect(target, path).toMatch(/^src\/model\//);
    }
  });

  test('a unit never imports its sibling', () => {
    const wrong: string[] = [];
    let units = 0;
    for (const stage of stages) {
      for (const file of inStage(stage)) {
        const unit = unitOf(file.path);
        if (unit === null) continue;
        units += 1;
        for (const target of file.imports) {
          const other = unitOf(target);
          if (!target.startsWith(`src/${stage}/`) || other === null || other === unit) continue;
          if (!shared[stage]?.includes(other)) wrong.push(`${file.path} imports ${target}`);
        }
      }
    }
    expect(units).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});

/** `sshd` for `src/parse/sshd/format.ts`; null for a file of the stage itself. */
const unitOf = (path: string): string | null => /^src\/[a-z]+\/([^/]+)\//.exec(path)?.[1] ?? null;

describe('purity', () => {
  const files = pure.flatMap(inStage);

  test.each([
    ['the clock', /\bDate\.now\(|\bnew Date\(\)|\bperformance\b/],
    ['randomness', /\bMath\.random\(|\bcrypto\b/],
    ['input and output', /\bconsole\.|\bprocess\.|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\(/],
  ])('no %s in model, parse, enrich and detect', (_, pattern) => {
    expect(files.length).toBeGreaterThan(20);
    // Comments and string literals may speak of these.
    const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'/gm, "''");
    expect(files.filter(({ text }) => pattern.test(code(text))).map(({ path }) => path)).toEqual([]);
  });

  test('no module of Node', () => {
    for (const { path, packages } of files)
      expect(
        packages.filter((name) => name.startsWith('node:')),
        path,
      ).toEqual([]);
  });
});

describe('completeness', () => {
  test.each(formats.map(({ name }) => name))('format %s has a folder with samples and golden files', (name) => {
    const folder = formatFolder(name);
    expect(folder, `no src/parse/*/ holds a format named '${name}'`).not.toBeNull();
    const samples = join(folder as string, 'samples');
    expect(existsSync(samples), samples).toBe(true);
    const names = readdirSync(samples);
    expect(
      names.some((each) => each.endsWith('.log') || each.endsWith('.ndjson') || each.endsWith('.txt')),
      samples,
    ).toBe(true);
    expect(
      names.some((each) => each.includes('golden') || each.endsWith('.jsonl')),
      `${samples} has no golden file`,
    ).toBe(true);
  });

  test.each(stages.filter((stage) => existsSync(join(src, stage, 'contract.ts'))))('stage %s has a README', (stage) => {
    expect(existsSync(join(src, stage, 'README.md'))).toBe(true);
  });

  test('every event type that parsers, rules and views name is in the list', () => {
    const known = new Set(Object.keys(eventTypes));
    const subjects = new Set([...known].map((type) => type.split('.')[0]));
    const used: string[] = [];
    const note = (path: string, type: string): void => {
      if (!known.has(type)) used.push(`${path}: ${type}`);
    };
    for (const { path, text } of sources) {
      for (const [, type] of text.matchAll(/\bevent_type\s*(?:=|:|===|!==)\s*'([a-z]+\.[a-z_]+)'/g))
        note(path, type as string);
    }
    for (const entry of readdirSync(join(packageRoot, 'rules'), { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.yml')) continue;
      const text = readFileSync(join(packageRoot, 'rules', entry), 'utf8');
      for (const [, list] of text.matchAll(/^\s+event_type:((?:\s*[a-z]+\.[a-z_]+$|\s+- [a-z]+\.[a-z_]+$)+)/gm)) {
        for (const [type] of (list as string).matchAll(/[a-z]+\.[a-z_]+/g)) note(`rules/${entry}`, type);
      }
    }
    expect(subjects.size).toBeGreaterThan(5);
    expect(used).toEqual([]);
  });

  test('every option and its environment variables are in the documentation', () => {
    const text = readFileSync(join(packageRoot, 'docs/configuration.md'), 'utf8');
    for (const { key, env } of options) for (const name of [key, ...env]) expect(text).toContain(`\`${name}\``);
    for (const name of laterEnvironment) expect(text).toContain(`\`${name}\``);
  });

  test('the tests run on the pinned Node', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const pinned = new Set(Object.values(optionalDependencies).map((version) => version.split('.')[0]));
    expect([...pinned]).toEqual([process.versions.node.split('.')[0]]);
  });
});

/** The folder whose format.ts defines the format; several formats may share one. */
function formatFolder(name: string): string | null {
  const found = sources.find(({ path, text }) => /^src\/parse\/[^/]+\//.test(path) && text.includes(`name: '${name}'`));
  return found ? join(packageRoot, dirname(found.path)) : null;
}
