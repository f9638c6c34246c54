import { z } from 'zod';
import { reputationSources, threatLevels } from '../../model/reputation.ts';

/** `virustotal` of a log, an address or a detection. */
export const briefReputationShape = z.object({
  detected: z.boolean(),
  reputation_score: z.number(),
  threat_level: z.enum(threatLevels),
});

const verdictShape = z.object({
  source: z.enum(reputationSources),
  malicious: z.boolean(),
  threat_level: z.enum(threatLevels),
  score: z.number(),
  summary: z.string(),
  checked_at: z.string().nullable(),
  link: z.string().nullable(),
});

/** A whole reputation. */
export const reputationShape = z.object({
  ...briefReputationShape.shape,
  malicious_count: z.number(),
  suspicious_count: z.number(),
  total_engines: z.number(),
  last_analysis_date: z.string().nullable(),
  country: z.string().nullable(),
  asn: z.number().nullable(),
  as_owner: z.string().nullable(),
  categories: z.array(z.string()),
  detection_names: z.array(z.string()),
  virustotal_url: z.string().nullable(),
  verdicts: z.array(verdictShape),
  note: z.string().nullable(),
});
