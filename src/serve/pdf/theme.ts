import type { Severity } from '../../model/index.ts';

/** Points (1/72 inch). */
export const sizes = { cover: 26, h1: 15, h2: 11, body: 9.5, small: 8, table: 7.8, tile: 19 } as const;

export const colours = {
  ink: '#0f172a',
  muted: '#475569',
  faint: '#94a3b8',
  line: '#cbd5e1',
  band: '#f1f5f9',
  accent: '#1e3a8a',
  bar: '#3b5b9d',
  paper: '#ffffff',
} as const;

/**
 * Severities by colour and, for printers without colours, by lightness: the graver, the darker. The word always stands beside it.
 */
export const severityColours: Readonly<Record<Severity, { fill: string; text: string; tint: string }>> = {
  critical: { fill: '#7f1d1d', text: '#ffffff', tint: '#fbe4e4' },
  high: { fill: '#c2410c', text: '#ffffff', tint: '#fdeee4' },
  medium: { fill: '#eab308', text: '#1c1917', tint: '#fdf8e1' },
  low: { fill: '#93c5fd', text: '#172554', tint: '#f1f7fe' },
  info: { fill: '#e2e8f0', text: '#334155', tint: '#ffffff' },
};

export const statusColours: Readonly<Record<string, string>> = {
  SECURE: '#166534',
  MODERATE: '#a16207',
  WARNING: '#c2410c',
  CRITICAL: '#7f1d1d',
};
