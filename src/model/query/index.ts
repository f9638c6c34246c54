export * from './complete.ts';
export * from './edit.ts';
export * from './fields.ts';
export * from './match.ts';
export { parseQuery } from './parse.ts';
export * from './print.ts';
export { severitiesThat } from './terms.ts';
export * from './types.ts';
export * from './wildcard.ts';
