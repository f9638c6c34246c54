import type { TestProject } from 'vitest/node';
import { launch } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why no browser can be started here (its system libraries are missing, say), or null. */
    noBrowser: string | null;
  }
}

/** Looks once for all files whether a browser starts. */
export async function setup(project: TestProject): Promise<void> {
  const problem = await problemOfLaunch();
  if (problem !== null) console.warn(`Browser tests skipped. ${problem}`);
  project.provide('noBrowser', problem);
}

async function problemOfLaunch(): Promise<string | null> {
  let problem = '';
  // A second try, because a machine under load may fail the first.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const browser = await launch();
      await browser.close();
      return null;
    } catch (error) {
      problem = String(error);
    }
  }
  const library = /error while loading shared libraries: (\S+?):/.exec(problem)?.[1];
  return library
    ? `Chromium needs ${library}. On Debian and Ubuntu: apt-get install libnss3 libnspr4`
    : `Chromium does not start: ${problem.slice(0, 200)}`;
}
