import { defineConfig } from 'vitest/config';

const exclude = ['node_modules/**', 'test/corpora/**'];

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'all but the browser',
          include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [...exclude, 'test/browser/**'],
        },
      },
      {
        extends: true,
        // A browser beside everything else on two cores is sometimes too slow for a step: one more try, which the runner shows.
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], exclude, retry: 1 },
      },
    ],
  },
});
