import type { Page } from 'playwright-core';
import type { Ui } from './ui.ts';

interface Rule {
  id: string;
  name: string;
  state: string;
  muted_until: string | null;
  noise_budget: number | null;
  author: string | null;
  pack: string | null;
  tests: { fire: number; quiet: number } | null;
}

/** What the rule list shows, and what the server says about the same rules. */
export function rulesOf(ui: () => Ui) {
  const json = async <T>(path: string): Promise<T> => (await (await ui().program.api(path)).json()) as T;
  const all = () => json<Rule[]>('/api/rules');
  const list = (page: Page) => page.getByTestId('rules').locator('tbody tr');
  return {
    json,
    all,
    named: async (name: string): Promise<Rule> => {
      const rule = (await all()).find((each) => each.name === name);
      if (!rule) throw new Error(`No rule is called ${name}.`);
      return rule;
    },
    /** Rows that are drawn. */
    list,
    rowOf: (page: Page, name: string) => list(page).filter({ has: page.getByRole('button', { name, exact: true }) }),
    names: (page: Page) => list(page).locator('[data-main]').allTextContents(),
  };
}
