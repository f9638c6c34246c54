import type { Page } from 'playwright-core';

/** Chooses an appearance as the browser tells a tab of a choice made in another one. */
export async function chooseTheme(page: Page, theme: 'dark' | 'light'): Promise<void> {
  await page.evaluate((name) => {
    localStorage.setItem('phosor.theme', name);
    window.dispatchEvent(new StorageEvent('storage', { key: 'phosor.theme' }));
  }, theme);
  await page.waitForFunction((name) => document.documentElement.dataset.theme === name, theme);
}

/**
 * Texts on the screen whose contrast with what is behind them is below WCAG 2.2 AA (4.5, or 3 for large text), as sentences.
 * Disabled controls are exempt there and here.
 */
export async function weakContrasts(page: Page): Promise<string[]> {
  // Colours as they end up, not as they fade.
  await page.evaluate(() => {
    const still = new CSSStyleSheet();
    still.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  });
  return page.evaluate(() => {
    type Color = [red: number, green: number, blue: number, alpha: number];
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    // A page has few colours and many texts: each colour is drawn once, and what is behind an element is found once.
    const colors = new Map<string, Color>();
    const colorOf = (css: string): Color => {
      const known = colors.get(css);
      if (known) return known;
      context?.clearRect(0, 0, 1, 1);
      if (context) context.fillStyle = css;
      context?.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = context?.getImageData(0, 0, 1, 1).data ?? [];
      const color: Color = [red, green, blue, alpha / 255];
      colors.set(css, color);
      return color;
    };
    const over = (top: Color, under: Color): Color => {
      const mix = (a: number, b: number) => a * top[3] + b * (1 - top[3]);
      return [mix(top[0], under[0]), mix(top[1], under[1]), mix(top[2], under[2]), 1];
    };
    const luminance = ([red, green, blue]: Color) => {
      const linear = (value: number) => {
        const share = value / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const grounds = new Map<Element, { behind: Color; opacity: number }>();
    const groundOf = (element: Element | null): { behind: Color; opacity: number } => {
      if (!element) return { behind: [255, 255, 255, 1], opacity: 1 };
      const known = grounds.get(element);
      if (known) return known;
      const { behind, opacity } = groundOf(element.parentElement);
      const style = getComputedStyle(element);
      const ground = {
        behind: over(colorOf(style.backgroundColor), behind),
        opacity: opacity * Number(style.opacity),
      };
      grounds.set(element, ground);
      return ground;
    };
    const isSeen = (element: Element) => {
      const box = element.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < window.innerHeight;
    };
    const weak = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? '';
      const element = walker.currentNode.parentElement;
      if (!text || !element || !isSeen(element) || element.closest(':disabled, option, script, style')) continue;
      const { behind, opacity } = groundOf(element);
      const style = getComputedStyle(element);
      const color = colorOf(style.color);
      const shown = over([color[0], color[1], color[2], color[3] * opacity], behind);
      const [dark = 0, bright = 0] = [luminance(shown), luminance(behind)].sort((a, b) => a - b);
      const ratio = (bright + 0.05) / (dark + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) weak.add(`${ratio.toFixed(2)} “${text.slice(0, 40)}”`);
    }
    return [...weak];
  });
}
