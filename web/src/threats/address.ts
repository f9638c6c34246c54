import { type RangeSearch, type ResolvedRange, validateRange } from '../shell/time-range.ts';

export const kinds = ['brute-force', 'ddos', 'port-scan', 'sql-injection'] as const;
export type Kind = (typeof kinds)[number];

/** The address of the screen: which detector, which time, which parameters. */
export interface ThreatsSearch extends RangeSearch {
  kind?: Exclude<Kind, 'brute-force'>;
  /** Window, in the detector's unit. */
  window?: number;
  /** Limits in the order in which the detector names them. */
  limit?: number;
  more?: number;
  third?: number;
  /** An address, or of floods a port. */
  about?: string;
  severity?: string;
  /** The detection that is open. */
  open?: string;
}

export interface Parameter {
  /** In the address. */
  key: 'window' | 'limit' | 'more' | 'third';
  /** In the question. */
  name: string;
  label: string;
  standard: number;
  from: number;
  to: number;
}

interface Detector {
  name: string;
  /** What it looks for, in a sentence. */
  what: string;
  parameters: readonly Parameter[];
  about: { name: 'source_ip' | 'destination_port'; label: string };
}

const source = { name: 'source_ip', label: 'Only this address' } as const;
const window = (name: string, label: string, standard: number, to: number): Parameter => {
  return { key: 'window', name, label, standard, from: 1, to };
};

export const detectors: Readonly<Record<Kind, Detector>> = {
  'brute-force': {
    name: 'Brute force',
    what: 'Addresses whose SSH logins failed again and again.',
    parameters: [
      window('time_window_minutes', 'Window, minutes', 15, 1440),
      { key: 'limit', name: 'threshold', label: 'Failed logins, at least', standard: 5, from: 1, to: 1000 },
    ],
    about: source,
  },
  ddos: {
    name: 'Floods',
    what: 'Requests and packets of one address, or of many addresses to one port.',
    parameters: [
      window('time_window_seconds', 'Window, seconds', 60, 3600),
      { key: 'limit', name: 'single_ip_threshold', label: 'Of one address', standard: 100, from: 1, to: 100_000 },
      { key: 'more', name: 'distributed_ip_count', label: 'Or addresses', standard: 10, from: 1, to: 1000 },
      {
        ...{ key: 'third', name: 'distributed_request_threshold', label: 'with packets', standard: 500 },
        ...{ from: 1, to: 1_000_000 },
      },
    ],
    about: { name: 'destination_port', label: 'Only this port' },
  },
  'port-scan': {
    name: 'Port scans',
    what: 'Addresses that tried many ports which a firewall stopped or logged.',
    parameters: [
      window('time_window_minutes', 'Window, minutes', 10, 1440),
      { key: 'limit', name: 'unique_ports_threshold', label: 'Ports, at least', standard: 10, from: 2, to: 65_535 },
      { key: 'more', name: 'min_total_attempts', label: 'Attempts, at least', standard: 20, from: 1, to: 1_000_000 },
    ],
    about: source,
  },
  'sql-injection': {
    name: 'SQL injection',
    what: 'Injections, refused database logins and packets to database ports, by address.',
    parameters: [
      window('time_window_minutes', 'Window, minutes', 15, 1440),
      { key: 'limit', name: 'min_attempts', label: 'Signs, at least', standard: 1, from: 1, to: 1000 },
    ],
    about: source,
  },
};

const whole = (value: unknown): number | undefined => {
  const number = Number(value);
  return value !== undefined && value !== '' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
};
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** Takes from a URL what makes sense and drops the rest. */
export function validateThreats(raw: Record<string, unknown>): ThreatsSearch {
  const kind = kinds.find((one) => one === raw.kind);
  const found = {
    ...validateRange(raw),
    kind: kind === 'brute-force' ? undefined : kind,
    window: whole(raw.window),
    limit: whole(raw.limit),
    more: whole(raw.more),
    third: whole(raw.third),
    about: text(raw.about),
    severity: text(raw.severity),
    open: text(raw.open),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as ThreatsSearch;
}

/** The question that an address means. */
export function questionOf(search: ThreatsSearch, range: ResolvedRange): Record<string, string | number> {
  const { parameters, about } = detectors[search.kind ?? 'brute-force'];
  const question: Record<string, string | number> = { start_date: range.from, end_date: range.to };
  for (const { key, name } of parameters) if (search[key] !== undefined) question[name] = search[key];
  if (search.about !== undefined) question[about.name] = search.about;
  if (search.severity !== undefined) question.severity = search.severity;
  return question;
}
