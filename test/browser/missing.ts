import { inject } from 'vitest';

/** Why no browser can be started here; null: one can. Tests are skipped with it. */
export const missing: string | null = inject('noBrowser');
