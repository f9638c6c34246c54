/**
 * Gives each item of a list a key of its own, made from what it says: the same text a second time gets a number. For lists
 * whose items carry no id.
 */
export function keyed<T>(items: readonly T[], textOf: (item: T) => string): { key: string; item: T }[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const text = textOf(item);
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    return { key: `${text}#${times}`, item };
  });
}
