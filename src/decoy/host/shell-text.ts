/* In the shell one character is one byte; Node calls that latin1. */

/** A text as the shell has it. */
export const toPath = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** What the shell has, as a text. */
export const fromPath = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
