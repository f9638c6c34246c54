import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/slow-first.ts';

const exclude = ['node_modules/**', 'test/corpora/**'];
/** No clock, no Node, nothing that a file could leave behind for the next one: these need no process each. */
const pure = ['model', 'parse', 'enrich', 'detect'].map((stage) => `src/${stage}/**/*.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    // One more than the two cores of CI: tests of programs and screens wait as often as they work.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        // A browser beside everything else on two cores is sometimes too slow for a step: one more try, which the runner shows.
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          exclude,
          globalSetup: ['test/browser/global-setup.ts'],
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'programs and parts',
          include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [...exclude, 'test/browser/**', ...pure],
        },
      },
      { extends: true, test: { name: 'pure', include: pure, exclude, isolate: false } },
    ],
  },
});
