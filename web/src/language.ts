/**
 * Some systems name their language in a way that the browser's own formatters refuse (`en-US@posix`, where LANG is C).
 * The chart library reads it while it loads, so that it has to be right before: English stands in.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}
