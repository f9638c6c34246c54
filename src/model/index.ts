export * from './alert.ts';
export * from './chunk.ts';
export * from './enumerations.ts';
export * from './event.ts';
export * from './id.ts';
export * from './rule.ts';
export * from './text.ts';
export * from './views/phosor.ts';
