import { RuleError } from '../form.ts';
import { isYamlMap, type Path, textAt, textListAt, type YamlMap } from './yaml.ts';

/** What an author should know, and where. */
export interface Lint {
  path: Path;
  message: string;
}

const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const relatedTypes = ['derived', 'obsolete', 'merged', 'renamed', 'similar'];
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/**
 * Checks what Sigma says about the keys that describe a rule. Keys that it does not know are the author's own.
 * @throws RuleError for what is against the specification
 */
export function checkMeta(map: YamlMap): Lint[] {
  const lints: Lint[] = [];
  const title = textAt(map, 'title');
  if (title !== null && [...title].length > 256) {
    throw new RuleError(['title'], 'a title has at most 256 characters');
  }
  const id = textAt(map, 'id');
  if (id !== null && !uuid.test(id)) {
    lints.push({ path: ['id'], message: `the id \`${id}\` is no UUID; other tools may refuse the rule` });
  }
  for (const key of ['date', 'modified']) {
    const date = textAt(map, key);
    if (date !== null && !isDate(date)) {
      throw new RuleError([key], `\`${date}\` is no date of the form YYYY-MM-DD`);
    }
  }
  const status = textAt(map, 'status');
  if (status !== null && !statuses.includes(status)) {
    throw new RuleError(['status'], `\`${status}\` is no status; use one of ${statuses.join(', ')}`);
  }
  if (status === 'deprecated' || status === 'unsupported') {
    lints.push({ path: ['status'], message: `a rule of the status ${status} is loaded switched off` });
  }
  textListAt(map, 'tags').forEach((tag, index) => {
    if (!/^[a-z0-9_-]+\.[a-z0-9._-]+$/.test(tag)) {
      throw new RuleError(
        ['tags', index],
        `\`${tag}\` is no tag; a tag is a namespace and a name, such as attack.t1110`,
      );
    }
  });
  checkRelated(map);
  for (const key of ['name', 'author', 'description', 'license']) textAt(map, key);
  for (const key of ['references', 'falsepositives', 'fields', 'scope']) textListAt(map, key);
  return lints;
}

function isDate(text: string): boolean {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!found) return false;
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function checkRelated(map: YamlMap): void {
  const { related } = map;
  if (related === undefined || related === null) return;
  if (!Array.isArray(related)) throw new RuleError(['related'], '`related` must be a list of maps of id and type');
  related.forEach((one, index) => {
    const type = isYamlMap(one) ? textAt(one, 'type', ['related', index]) : null;
    if (type === null || !isYamlMap(one) || textAt(one, 'id', ['related', index]) === null) {
      throw new RuleError(['related', index], 'each of `related` is a map of id and type');
    }
    if (!relatedTypes.includes(type)) {
      throw new RuleError(['related', index, 'type'], `\`${type}\` is no relation; use ${relatedTypes.join(', ')}`);
    }
  });
}
