import type { Severity } from '../../model/index.ts';

/**
 * What a PDF says, before any page is laid out: plain data, so that it can be handed to the thread that prints. Every text may
 * come from a log line and is printed as text, whatever it holds.
 */
export interface PdfDocument {
  title: string;
  /** Stands at the head of every page but the first. */
  runningHead: string;
  /** Stands at the foot of every page, beside the page's number. */
  footer: string;
  /** Epoch ms: the document's own date. */
  createdAt: number;
  landscape: boolean;
  blocks: Block[];
}

export type Block =
  | { kind: 'cover'; title: string; subtitle: string; facts: [name: string, value: string][] }
  /** Level 1 begins a part of the outline. */
  | { kind: 'heading'; level: 1 | 2; text: string }
  | { kind: 'paragraph'; text: string; muted?: boolean }
  | { kind: 'list'; items: { text: string; severity?: Severity; note?: string }[] }
  | { kind: 'tiles'; tiles: { label: string; value: string; note: string }[] }
  | { kind: 'score'; score: number; status: string; lines: [what: string, points: string][] }
  | BarChart
  | StackedChart
  | Table
  | { kind: 'pageBreak' };

/** Horizontal bars with their values. */
export interface BarChart {
  kind: 'bars';
  title: string;
  bars: { label: string; value: number }[];
  /** Said where there is nothing to draw. */
  empty: string;
}

/** Bars over time, severities stacked, the gravest at the bottom. */
export interface StackedChart {
  kind: 'stacked';
  title: string;
  series: Severity[];
  points: { label: string; counts: number[] }[];
  empty: string;
}

export interface Table {
  kind: 'table';
  columns: { title: string /** Share of the width. */; width: number; align?: 'right' }[];
  rows: TableRow[];
  /** Said where there are no rows. */
  empty: string;
}

export interface TableRow {
  cells: (string | Severity)[];
  /** Colours the row's edge and background, and the cell `severityCell`. */
  severity?: Severity;
  /** Index of the cell that is printed as a severity. */
  severityCell?: number;
}

/** Prints documents, one after the other. */
export interface PdfPrinter {
  /** @throws {PdfBusy} where too many wait already */
  print(document: PdfDocument): Promise<Uint8Array>;
}

/** Too many documents wait to be printed. */
export class PdfBusy extends Error {}
