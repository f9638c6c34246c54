import { RE2JS } from 're2js';
import type { Event, FieldValue } from '../../model/index.ts';
import type { Enrichment, RedactOptions } from '../contract.ts';
import { type SecretKind, secretKind } from './keys.ts';
import { findSecrets } from './scan.ts';
import { valueMarker } from './secret.ts';
import { mapOffset, mask, type Span } from './span.ts';
import { findEmails, findInternalAddresses, findPhones } from './switched.ts';
import { mayHideSecret, mayHoldSecret } from './trigger.ts';

type Finder = (text: string, out: Span[]) => void;

const deepest = 32;
const mostRounds = 8;

/**
 * Masks personal data and secrets in `raw`, `message`, `user` and `fields`, and names what it masked in `redacted`.
 * It runs before matching and storing. `src_ip` and `dst_ip` are evidence and never change.
 *
 * A line without anything to hide costs a few native searches in `raw`: what the other texts hold was taken from there, and can
 * differ only where `raw` is escaped (JSON, percent-encoding).
 */
export function createRedactor(options: RedactOptions): Enrichment {
  const finders: Finder[] = [];
  if (options.email) finders.push(findEmails);
  if (options.phone) finders.push(findPhones);
  if (options.internalIps) finders.push(findInternalAddresses);
  for (const pattern of options.custom) finders.push(customFinder(pattern));

  const spans: Span[] = [];
  function step(finder: Finder, text: string, kinds: string[], track: { from: number; to: number } | null): string {
    spans.length = 0;
    finder(text, spans);
    if (spans.length === 0) return text;
    for (const span of spans) if (!kinds.includes(span.kind)) kinds.push(span.kind);
    if (track !== null) {
      track.from = mapOffset(spans, track.from, false);
      track.to = mapOffset(spans, track.to, true);
    }
    return mask(text, spans);
  }

  /** Masks one text; adds the kinds to `kinds`. `track` maps two offsets of the old text into the new one. */
  function redactText(text: string, kinds: string[], track: { from: number; to: number } | null): string {
    let current = text;
    // What was masked can uncover a neighbour (a quote that is now closed); a second round finds nothing in real lines.
    for (let round = 0; round < mostRounds && mayHoldSecret(current); round += 1) {
      const before = current;
      current = step(findSecrets, current, kinds, track);
      if (current === before) break;
    }
    for (const finder of finders) current = step(finder, current, kinds, track);
    return current;
  }

  function redactValue(value: FieldValue, key: string, kinds: string[], depth: number): FieldValue {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'object') {
      if (depth > deepest) return '[REDACTED]'; // nothing legible nests so deep; `raw` has it, masked
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i += 1) value[i] = redactValue(value[i] ?? null, key, kinds, depth + 1);
      } else {
        redactFields(value, kinds, depth + 1);
      }
      return value;
    }
    const text = String(value);
    const kind = cachedKind(key);
    if (kind !== null && !(key === 'PWD' || key === 'OLDPWD')) {
      const hit = valueMarker(key, kind, text);
      if (hit !== null) {
        // What names itself (a JWT, a bearer token behind its scheme) keeps its own marker.
        const masked = redactText(text, kinds, null);
        if (masked !== text && kind !== 'password') return masked;
        if (!kinds.includes(hit.kind)) kinds.push(hit.kind);
        return hit.marker;
      }
    }
    if (text.length < 4) return value;
    const masked = redactText(text, kinds, null);
    return masked === text ? value : masked;
  }

  function redactFields(fields: Record<string, FieldValue>, kinds: string[], depth: number): void {
    for (const key of Object.keys(fields)) {
      const value = fields[key] as FieldValue;
      const masked = redactValue(value, key, kinds, depth);
      if (masked !== value) fields[key] = masked;
    }
  }

  return {
    name: 'redact',
    apply(event: Event): void {
      // What visitors of decoys type is evidence; their passwords are masked before they come here (runtime/decoys).
      if (event.source_type === 'decoy') return;
      const { raw } = event;
      const escapes = mayHideSecret(raw);
      if (finders.length === 0 && !escapes && !mayHoldSecret(raw)) return;
      const kinds = event.redacted;
      const from = event.message === raw ? 0 : raw.lastIndexOf(event.message);
      const track = { from, to: from + event.message.length };
      event.raw = redactText(raw, kinds, track);
      if (event.raw === raw && !escapes) return;
      if (from < 0) event.message = redactText(event.message, kinds, null);
      else if (event.raw !== raw) event.message = event.raw.slice(track.from, track.to);
      if (event.user !== null) event.user = redactText(event.user, kinds, null);
      redactFields(event.fields, kinds, 0);
    },
  };
}

const knownKinds = new Map<string, SecretKind | null>();

/** `secretKind` of a field's name. Names repeat; what an attacker makes up is forgotten all at once. */
function cachedKind(key: string): SecretKind | null {
  const known = knownKinds.get(key);
  if (known !== undefined) return known;
  if (knownKinds.size > 4096) knownKinds.clear();
  const kind = secretKind(key);
  knownKinds.set(key, kind);
  return kind;
}

/** @throws with a sentence where the pattern is no regular expression that runs in linear time (RE2 syntax). */
function customFinder(pattern: RedactOptions['custom'][number]): Finder {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern.regex);
  } catch (error) {
    throw new Error(
      `redaction pattern "${pattern.name}" is not usable: ${error instanceof Error ? error.message : String(error)}; write it in RE2 syntax (no look-around, no back-references)`,
    );
  }
  return (text, out) => {
    const matcher = compiled.matcher(text);
    while (matcher.find()) {
      const start = matcher.start();
      const end = matcher.end();
      if (end === start || text.startsWith(pattern.marker, start)) continue;
      out.push({ start, end, marker: pattern.marker, kind: pattern.name });
    }
  };
}
