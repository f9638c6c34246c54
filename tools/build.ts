/** Makes what the package ships: the UI, and dist/ with compiled JavaScript, since Node strips no types below node_modules. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { buildUi, isUiStale } from '../src/cli/build-ui.ts';

const root = join(import.meta.dirname, '..');

if (isUiStale()) await buildUi();
rmSync(join(root, 'dist'), { recursive: true, force: true }); // the compiler never deletes what a source no longer makes
const { status } = spawnSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

await bundleSsh();

for (const path of [
  'dist/cli/main.js',
  'dist/main.js',
  'dist/engine.js',
  'dist/decoy/ssh/ssh2.cjs',
  'web/dist/index.html',
  'rules',
  'playbooks',
]) {
  if (existsSync(join(root, path))) continue;
  console.error(`${path} is missing from the build. The package would not start.`);
  process.exitCode = 1;
}

/**
 * ssh2 goes into the package as one file: as a dependency it would run an install script that compiles an add-on, which nobody
 * needs here. What would load that add-on finds nothing and goes on without it.
 */
async function bundleSsh(): Promise<void> {
  const folder = join(root, 'dist/decoy/ssh');
  const licences = ['ssh2', 'asn1', 'bcrypt-pbkdf', 'safer-buffer', 'tweetnacl'].map((name) => {
    const at = join(root, 'node_modules', name);
    const file = readdirSync(at).find((each) => /^licen[cs]e/i.test(each));
    return file === undefined ? '' : `${name}\n\n${readFileSync(join(at, file), 'utf8')}`;
  });
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      ssr: join(root, 'node_modules/ssh2/lib/index.js'),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: 'node20',
      rolldownOptions: {
        external: [/\.node$/, 'cpu-features', 'nan'],
        output: { entryFileNames: 'ssh2.cjs', format: 'cjs' },
      },
    },
    ssr: { noExternal: true },
  });
  writeFileSync(join(folder, 'ssh2.LICENSE.txt'), licences.join('\n\n'));
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
    const file = join(folder, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll("from 'ssh2'", "from './ssh2.cjs'"));
  }
}
