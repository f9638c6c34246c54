import type { Locator, Page } from 'playwright-core';
import { type Program, waitFor } from '../program.ts';

/** A failed login of 10:00:0… as sshd writes it. */
export const failure = (second: number, address = '203.0.113.5'): string =>
  `Nov 21 10:00:0${second} web01 sshd[22]: Failed password for root from ${address} port 402${second} ssh2`;

export const bruteForce = `title: Three failed logins
correlation:
  type: event_count
  rules: [failed]
  group-by: [src_ip]
  timespan: 1m
  condition: { gte: 3 }
---
title: Failed login
name: failed
logsource: { product: linux, service: sshd }
detection:
  selection:
    event_type: auth.failure
  condition: selection
`;

/** Creates a Sigma rule and gives its id. */
export async function postSigma(program: Program, yaml: string): Promise<string> {
  const answer = await program.api('/api/rules', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'sigma', config: { yaml } }),
  });
  return ((await answer.json()) as { id: string }).id;
}

export const content = (page: Page) => page.getByLabel('Sigma rule');

/** What stands in the editor. */
export const textOf = async (page: Page): Promise<string> =>
  (await content(page).locator('.cm-line').allTextContents()).join('\n');

/** What the completion offers. */
export const options = (page: Page) => page.locator('.cm-tooltip-autocomplete [role=option]');

/** Replaces the text, the cursor at its end, as somebody who types it. */
export async function write(page: Page, text: string): Promise<void> {
  await content(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/**
 * Points at a word until what is said of it shows. What loads beside the editor moves its words from under a pointer that
 * stands still: a person points again.
 */
export const pointAt = (page: Page, word: Locator, said: Locator): Promise<boolean> =>
  waitFor('what is said of a word', async () => {
    await page.mouse.move(0, 0);
    await word.hover();
    return said.waitFor({ timeout: 1_500 }).then(
      () => true,
      () => false,
    );
  });
