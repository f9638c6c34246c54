/** A part of a text that is to be masked: UTF-16 offsets, end exclusive. */
export interface Span {
  start: number;
  end: number;
  marker: string;
  /** `ssn`, `card`, `password` … or a custom pattern's name. */
  kind: string;
}

/** The text with every span replaced by its marker. Spans rise and do not overlap. */
export function mask(text: string, spans: readonly Span[]): string {
  let out = '';
  let at = 0;
  for (const span of spans) {
    out += text.slice(at, span.start) + span.marker;
    at = span.end;
  }
  return out + text.slice(at);
}

/** Where offset `at` of the unmasked text stands in the masked one; inside a span: its marker's start or end. */
export function mapOffset(spans: readonly Span[], at: number, toEnd: boolean): number {
  let shift = 0;
  for (const span of spans) {
    if (span.end <= at) {
      shift += span.marker.length - (span.end - span.start);
    } else if (span.start < at) {
      return span.start + shift + (toEnd ? span.marker.length : 0);
    } else {
      break;
    }
  }
  return at + shift;
}
