/** Reads a preference of this browser. Storage may be forbidden: then the fallback holds. */
export function readPreference(name: string, fallback: string): string {
  try {
    return localStorage.getItem(`phosor.${name}`) ?? fallback;
  } catch {
    return fallback;
  }
}

export function writePreference(name: string, value: string): void {
  try {
    localStorage.setItem(`phosor.${name}`, value);
  } catch {
    // It then holds until the page is closed.
  }
}
