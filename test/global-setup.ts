import { buildUi, isUiStale } from '../src/cli/build-ui.ts';

/** Builds the UI once, before any test starts a program or a browser: side by side they would exchange it under each other. */
export async function setup(): Promise<void> {
  if (isUiStale()) await buildUi();
}
