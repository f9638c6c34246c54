import { defineConfig } from 'vitest/config';

/** The real-line corpora beside the checkout. Unlike `npm test`, this run fails where they are absent. */
export default defineConfig({
  test: { include: ['test/corpora/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
});
