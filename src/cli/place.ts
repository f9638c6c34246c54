/** A checkout runs from TypeScript; the installed package is compiled. */
export const isCheckout = import.meta.url.endsWith('.ts');
