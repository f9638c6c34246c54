import { z } from 'zod';
import { scoreParts, type ThreatScore, threatLevels, verdicts } from '../model/index.ts';

/** A threat score, as the API says it. */
export const scoreShape = z.object({
  score: z.int().min(0).max(100),
  threat_level: z.enum(threatLevels),
  decision: z.enum(verdicts).meta({ description: 'What the score alone advises.' }),
  confidence: z.number().meta({ description: '0 to 1: how much was known.' }),
  parts: z.array(
    z.object({
      part: z.enum(scoreParts),
      points: z.int(),
      most: z.int().meta({ description: 'The most that this part may give.' }),
      reasons: z.array(z.object({ text: z.string(), points: z.int() })),
    }),
  ),
});

export const scoreView = (score: ThreatScore) => ({
  ...score,
  parts: score.parts.map((part) => ({ ...part, reasons: part.reasons.map((reason) => ({ ...reason })) })),
});
