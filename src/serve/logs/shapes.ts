import { z } from 'zod';
import { analyzerEventTypes, analyzerLogSources, analyzerSeverities, severities } from '../../model/index.ts';
import { briefReputationShape } from '../reputation/shapes.ts';

/** A log as the analyzer's API gives it. */
export const logShape = z
  .object({
    id: z.string(),
    timestamp: z.string(),
    source_ip: z.string().nullable(),
    destination_ip: z.string().nullable(),
    source_port: z.number().nullable(),
    destination_port: z.number().nullable(),
    protocol: z.string().nullable(),
    log_source: z.enum(analyzerLogSources),
    event_type: z.enum(analyzerEventTypes),
    severity: z.enum(analyzerSeverities),
    username: z.string().nullable(),
    raw_log: z.string(),
    severity_level: z.enum(severities),
    virustotal: briefReputationShape.optional(),
  })
  .meta({ description: 'An event in the words of the log analyzer; `severity_level` is Phosor’s own.' });
export type LogView = z.output<typeof logShape>;

const counts = z.record(z.string(), z.number());

export const topAddressShape = z.object({
  source_ip: z.string(),
  count: z.number(),
  severity_breakdown: counts,
  virustotal: briefReputationShape.optional(),
});
export const topPortShape = z.object({ port: z.number(), count: z.number(), protocol: z.string().nullable() });

export const summaryShape = z.object({
  total_logs: z.number(),
  severity_counts: counts,
  event_type_counts: counts,
  protocol_counts: counts,
  logs_by_hour: z.array(z.object({ hour: z.string(), count: z.number() })),
  top_source_ips: z.array(topAddressShape),
  top_ports: z.array(topPortShape),
});
