import { Badge } from '../ui/Badge.tsx';
import type { ScoreJson } from './api.ts';

const tones = { LOW: 'neutral', MEDIUM: 'warn', HIGH: 'bad' } as const;

/** A threat score, part by part. */
export function Score({ score }: { score: ScoreJson }) {
  return (
    <div>
      <p className="flex flex-wrap items-center gap-2">
        <span className="text-muted">Threat score</span>
        <strong className="tabular-nums">{score.score}</strong>
        <Badge tone={tones[score.threat_level]}>{score.threat_level}</Badge>
        <span className="text-muted">
          advises {score.decision}, confidence {Math.round(score.confidence * 100)} %
        </span>
      </p>
      <ul className="mt-1">
        {score.parts
          .filter(({ points }) => points > 0)
          .map(({ part, points, most, reasons }) => (
            <li key={part} className="break-words">
              <span className="tabular-nums">
                +{points} of {most}
              </span>{' '}
              {part}: <span className="text-muted">{reasons.map(({ text }) => text).join('; ')}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}
