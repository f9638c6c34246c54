import { RuleError } from '../form.ts';
import { textAt, type YamlMap } from './yaml.ts';

/** Gives the name of a field as Phosor has it. */
export type FieldNames = (name: string) => string;

/** Elastic Common Schema: names of Phosor's columns. All other names are read from events that carry them. */
const ecs: Readonly<Record<string, string>> = {
  '@timestamp': 'time',
  'client.ip': 'src_ip',
  'client.port': 'src_port',
  'destination.ip': 'dst_ip',
  'destination.port': 'dst_port',
  'event.ingested': 'received_at',
  'event.original': 'raw',
  'event.outcome': 'outcome',
  'host.name': 'host',
  'host.hostname': 'host',
  'log.level': 'level',
  'log.syslog.facility.name': 'facility',
  message: 'message',
  'network.transport': 'protocol',
  'process.name': 'program',
  'process.pid': 'pid',
  'server.ip': 'dst_ip',
  'server.port': 'dst_port',
  'source.ip': 'src_ip',
  'source.port': 'src_port',
  tags: 'tags',
  'user.name': 'user',
};

const asWritten: FieldNames = (name) => name;

const taxonomies: Readonly<Record<string, FieldNames>> = {
  sigma: asWritten,
  ecs: (name) => (Object.hasOwn(ecs, name) ? (ecs[name] as string) : name),
};

/**
 * How a document names fields.
 * @throws RuleError where its taxonomy is not known: a rule over other names would never match, or match wrongly
 */
export function fieldNamesOf(map: YamlMap): FieldNames {
  const taxonomy = textAt(map, 'taxonomy') ?? 'sigma';
  const names = Object.hasOwn(taxonomies, taxonomy) ? taxonomies[taxonomy] : undefined;
  if (names !== undefined) return names;
  throw new RuleError(
    ['taxonomy'],
    `the taxonomy \`${taxonomy}\` is not known; field names of the taxonomies ${Object.keys(taxonomies).join(' and ')} are read`,
  );
}
