import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from './program.ts';

const root = resolve(import.meta.dirname, '..');

export const nginxIsMissing = spawnSync('nginx', ['-v']).error !== undefined;

/** The real nginx with the shipped deploy/nginx/phosor.conf, on a free port of 127.0.0.1, in front of the program at `upstream`. */
export async function startNginx(upstream: string): Promise<{ port: number; ca: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'phosor-nginx-'));
  const [port, plain] = (await freePorts(2)) as [number, number];
  for (const part of ['cert', 'key'])
    copyFileSync(join(root, `src/respond/smtp/samples/localhost.${part}.pem`), join(folder, `phosor.${part}.pem`));
  const shipped = readFileSync(join(root, 'deploy/nginx/phosor.conf'), 'utf8')
    .replaceAll(/^ *listen \[::\].*\n/gm, '')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replaceAll('/etc/nginx', folder)
    .replaceAll('phosor.example.com', 'localhost')
    .replace('http://127.0.0.1:8000', upstream);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1;\nevents {}\nhttp { access_log off; ${temporary.join(' ')}\n${shipped}}\n`,
  );
  const child: ChildProcess = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (data) => {
    said += data;
  });
  const ended = new Promise<void>((done) => child.on('exit', () => done()));
  const end = performance.now() + 20_000;
  for (;;) {
    // Its plain port answers with a redirect.
    const answer = await fetch(`http://127.0.0.1:${plain}/`, { redirect: 'manual' }).catch(() => null);
    if (answer?.status === 301) break;
    if (child.exitCode !== null || performance.now() > end) throw new Error(`nginx did not come up: ${said}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    port,
    ca: readFileSync(join(folder, 'phosor.cert.pem'), 'utf8'),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
