const regions = new Intl.DisplayNames('en', { type: 'region' });
/** `DE` → `Germany (DE)`; what is no code as it is. */
export function countryName(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  const name = regions.of(code);
  return name && name !== code ? `${name} (${code})` : code;
}
