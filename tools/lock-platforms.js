// Completes package-lock.json for platforms whose packages the registry at hand could not resolve.
// npm drops an unresolvable optional dependency from the lockfile without a word, and `npm ci` then refuses the lockfile.
import { readFileSync, writeFileSync } from 'node:fs';

const OS = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'win32',
  win: 'win32',
  android: 'android',
  freebsd: 'freebsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  aix: 'aix',
  wasm32: null,
};
const CPU = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  wasm32: 'wasm32',
  loong64: 'loong64',
};
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
let added = 0;
for (const [where, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] || lock.packages[`${where}/${key}`]) continue;
    const parts = name.split(/[/-]/);
    const os = parts.map((p) => OS[p]).find(Boolean);
    const cpu = parts.map((p) => CPU[p]).find(Boolean);
    const version = /^[\^~]?(\d[^ |]*)$/.exec(range)?.[1];
    if ((!os && !cpu) || !version) {
      console.error(`skipped ${name}@${range} (wanted by ${where || 'root'}): not a platform package`);
      continue;
    }
    lock.packages[key] = {
      version,
      ...(cpu && { cpu: [cpu] }),
      ...(entry.dev && { dev: true }),
      optional: true,
      ...(os && { os: [os] }),
      ...(parts.includes('musl') || parts.includes('musleabihf')
        ? { libc: ['musl'] }
        : os === 'linux' && parts.some((p) => /^gnu/.test(p))
          ? { libc: ['glibc'] }
          : {}),
    };
    added += 1;
  }
}
const { '': root, ...rest } = lock.packages;
lock.packages = { '': root, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, 'en'))) };
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`added ${added} platform entries`);
