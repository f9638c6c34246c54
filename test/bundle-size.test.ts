import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { packageRoot } from '../src/package.ts';

const initialKiB = 320;
const chunkKiB = 150;

const webFolder = join(packageRoot, 'web/dist');
const sizeKiB = (file: string) => gzipSync(readFileSync(join(webFolder, file)), { level: 9 }).byteLength / 1024;

test(`what the first page loads is at most ${initialKiB} KiB, gzipped`, () => {
  const page = readFileSync(join(webFolder, 'index.html'), 'utf8');
  const files = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((found) => found[1] ?? '');
  expect(files.length).toBeGreaterThan(2);
  const total = files.reduce((sum, file) => sum + sizeKiB(file), 0);
  expect(total).toBeLessThanOrEqual(initialKiB);
});

test(`no chunk is above ${chunkKiB} KiB, gzipped`, () => {
  const chunks = readdirSync(join(webFolder, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  expect(chunks.length).toBeGreaterThan(5);
  const tooBig = chunks.map((name) => [name, sizeKiB(`assets/${name}`)] as const).filter(([, size]) => size > chunkKiB);
  expect(tooBig).toEqual([]);
});

test('the page allows no inline script: a policy that forbids them does not break it', () => {
  const page = readFileSync(join(webFolder, 'index.html'), 'utf8');
  for (const [tag] of page.matchAll(/<script[^>]*>/g)) expect(tag).toContain('src=');
  expect(page).not.toMatch(/\son\w+=/);
});
