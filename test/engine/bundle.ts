import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';

export interface Bundle {
  code: string;
  /** Ids of the modules that are in it. */
  modules: string[];
  /** What is of Node, or not in it: all of this would be missing in a browser. */
  missing: string[];
}

/**
 * Bundles a script for browsers, as users of the library do.
 *
 * @param engine where `phosor/engine` is; absent: where the folder's node_modules have it
 */
export async function bundleForBrowser(folder: string, script: string, engine?: string): Promise<Bundle> {
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, script);
  const result = (await build({
    configFile: false,
    root: folder,
    logLevel: 'error',
    ...(engine !== undefined && { resolve: { alias: { 'phosor/engine': engine } } }),
    build: { write: false, minify: true, lib: { entry, formats: ['iife'], name: 'bundle', fileName: 'bundle' } },
  })) as Rolldown.RolldownOutput[];
  const chunks = result.flatMap(({ output }) => output).filter((part) => part.type === 'chunk');
  const code = chunks.map((chunk) => chunk.code).join('\n');
  const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules));
  return {
    code,
    modules,
    missing: [
      ...chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]),
      ...modules.filter((id) => /^\0?node:|browser-external/.test(id)),
      ...(code.match(/["'`]node:[\w/]+|\brequire\([^)]*\)|\bimport\([^)]*\)/g) ?? []),
    ],
  };
}
