import { statSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of the projects, in the order in which they run. */
const projects = ['browser', 'programs and parts', 'pure'];

/** What works long although its file is short. */
const long = /\/test\/(?:soak|pack|replays|backtest)|\/backtest\/run\.test/;

/**
 * Tests that start programs and browsers come first: they wait much, and what is short fills the gaps at the end. No last file
 * may keep everybody waiting. It knows no earlier run: a fresh machine has none.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weights = new Map(files.map((file) => [file, weight(file)]));
    return files.sort(
      (a, b) =>
        projects.indexOf(a.project.name) - projects.indexOf(b.project.name) ||
        (weights.get(b) ?? 0) - (weights.get(a) ?? 0),
    );
  }
}

function weight({ moduleId }: TestSpecification): number {
  const size = statSync(moduleId).size;
  if (long.test(moduleId)) return size + 2e6;
  return moduleId.includes('/test/') ? size + 1e6 : size;
}
