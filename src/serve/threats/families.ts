import type { AttackType } from './messages.ts';

/** Kinds of attacks as the documented alerts name them. */
export const alertTypes = ['BRUTE_FORCE', 'DDOS', 'PORT_SCAN', 'SQL_INJECTION'] as const;
export type AlertType = (typeof alertTypes)[number];

/** A rule says by a tag what kind of attack it is about: shipped ones, and those of a user as well. */
const familyTags: Readonly<Record<string, AlertType>> = {
  'threat.brute-force': 'BRUTE_FORCE',
  'threat.ddos': 'DDOS',
  'threat.port-scan': 'PORT_SCAN',
  'threat.sql-injection': 'SQL_INJECTION',
};

/** The tags among them that stand in the text of a rule. */
export const threatTagsIn = (text: string): string[] => Object.keys(familyTags).filter((tag) => text.includes(tag));

/** The kind of attack that an alert, or a rule, is about by its tags; null: another. */
export function alertTypeOf(tags: readonly string[]): AlertType | null {
  for (const tag of tags) {
    const type = Object.hasOwn(familyTags, tag) ? familyTags[tag] : undefined;
    if (type !== undefined) return type;
  }
  return null;
}

/** The shipped rules whose selection and grouping the documented detectors take; window and limits come with the question. */
export const detectorRules: Readonly<Record<AttackType, string>> = {
  BRUTE_FORCE: '36cdf0bc-2786-4c64-b0a9-9d43d3961b21',
  SINGLE_IP_FLOOD: '59f1c6f9-7b95-4dbb-b8b3-8818ed0bad7a',
  DISTRIBUTED_FLOOD: 'a581f2b0-a9c5-43ce-9459-e19e3ff27570',
  PORT_SCAN: 'dca8e4d5-4f49-4c12-bfa7-d4889c547c33',
  SQL_INJECTION: 'd3d2e570-5539-494a-b13c-f5d97d1da700',
};
