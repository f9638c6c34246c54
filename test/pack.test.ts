/** The package as people install it: packed, installed into an empty folder, started from there. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../src/package.ts';
import { bundleForBrowser } from './engine/bundle.ts';
import { engineExample } from './engine/example.ts';
import { freePorts, waitFor } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'phosor-pack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const npm = (cwd: string, ...args: string[]): string =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    timeout: 150_000,
  });

/** What users of the library write, with their own compiler's check of its types. */
const typed = `
import { createEngine, type Engine, type EventExplanation, loadSigmaYaml } from 'phosor/engine';
const { docs } = loadSigmaYaml('title: x', { origin: 'user', fileName: 'x.yml' });
const engine: Engine = createEngine({ rules: docs, now: Date.now });
const told: EventExplanation = engine.explainer('x').explain(engine.take('a line').event, 1);
// @ts-expect-error a number is no text
export const observed: string = told.correlation?.observed ?? 0;
`;

test('packs, installs into an empty folder and starts there', async () => {
  // What prepack prints comes first.
  const printedByPack = npm(packageRoot, 'pack', '--json', '--ignore-scripts=false', '--pack-destination', folder);
  const [{ filename, files }] = JSON.parse(printedByPack.slice(printedByPack.indexOf('[\n'))) as [
    { filename: string; files: { path: string }[] },
  ];
  const paths = files.map(({ path }) => path);
  for (const path of ['bin/phosor.js', 'dist/cli/main.js', 'dist/engine.js', 'web/dist/index.html', 'LICENSE'])
    expect(paths).toContain(path);
  expect(paths.filter((path) => path.startsWith('rules/') && path.endsWith('.yml')).length).toBeGreaterThan(20);
  expect(paths.filter((path) => /\.test\.|(?<!\.d)\.ts$|^(?:src|test|docs)\//.test(path))).toEqual([]);

  const target = join(folder, 'target');
  execFileSync('mkdir', [target]);
  npm(target, 'install', '--prefer-offline', '--ignore-scripts', join(folder, filename));
  const bin = join(target, 'node_modules/.bin/phosor');
  expect(execFileSync(bin, ['--version'], { encoding: 'utf8' }).trim()).toMatch(/^\d+\.\d+\.\d+$/);

  // The engine as a library: the example of docs/engine.md, with the package's own name.
  const { code, printed: expected } = engineExample();
  writeFileSync(join(target, 'example.mjs'), code);
  expect(execFileSync(process.execPath, ['example.mjs'], { cwd: target, encoding: 'utf8' })).toBe(expected);

  const { modules, missing } = await bundleForBrowser(target, code);
  expect(modules.some((id) => id.endsWith('node_modules/phosor/dist/engine.js'))).toBe(true);
  expect(missing).toEqual([]);
  writeFileSync(join(target, 'types.ts'), typed);
  const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', ''];
  execFileSync(join(packageRoot, 'node_modules/.bin/tsc'), [...strict, 'types.ts'], { cwd: target, stdio: 'pipe' });

  const [port, syslogPort, decoyPort] = (await freePorts(3)) as [number, number, number];
  const dataDir = join(folder, 'data');
  const ports = { PHOSOR_HTTP_PORT: String(port), PHOSOR_UI_PORT: '0', PHOSOR_SYSLOG_PORT: String(syslogPort) };
  const env = { ...process.env, ...ports, PHOSOR_DATA_DIR: dataDir, PHOSOR_FILES_WATCH_SYSTEM_LOGS: 'false' };
  const decoy = { PHOSOR_DECOY_HOST: '127.0.0.1', PHOSOR_DECOY_SSH_PORT: String(decoyPort) };
  const child = spawn(bin, ['start'], { cwd: target, env: { ...env, ...decoy }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  }
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    const base = `http://127.0.0.1:${port}`;
    await waitFor(
      'GET /health',
      async () => {
        if (child.exitCode !== null) throw new Error(`phosor ended with ${child.exitCode}:\n${printed}`);
        return (await fetch(`${base}/health`).catch(() => null))?.ok;
      },
      40_000,
    );
    const page = await fetch(base, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(existsSync(join(dataDir, 'state.sqlite'))).toBe(true);
    // The decoys' process finds its code and its packages there, too.
    await waitFor('the SSH decoy', async () => (await banner(decoyPort))?.startsWith('SSH-2.0-OpenSSH_9'), 40_000);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  expect(printed).toContain(version);
}, 240_000);

/** The first bytes of a server; null: nobody listens yet. */
const banner = (port: number): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
    socket.once('error', () => resolve(null));
  });
