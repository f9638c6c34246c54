import { z } from 'zod';
import { DeliveryError, defineNotifier, type NotificationMessage, type NotifierTools } from '../contract.ts';
import { accepted, jsonOf } from '../http/answers.ts';
import { postJson } from '../http/json.ts';
import { headline, trimmed } from '../text/message.ts';

const config = z.strictObject({
  site: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .meta({ destination: true, title: 'Site', description: 'For example https://example.atlassian.net (Jira Cloud).' }),
  user: z.email().meta({ title: 'User', description: 'E-mail address of the account.' }),
  apiToken: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .meta({ title: 'API token', description: 'Of that account.', secret: true }),
  project: z
    .string()
    .trim()
    .regex(/^[A-Z][A-Z0-9_]{1,20}$/, 'must be the key of a project such as SEC')
    .meta({ title: 'Project key' }),
  issueType: z.string().trim().min(1).max(60).default('Task').meta({ title: 'Type of the issues' }),
});

type Config = z.output<typeof config>;
type Node = Record<string, unknown>;

const text = (value: string, marks: Node[] = []): Node => ({
  type: 'text',
  text: value,
  ...(marks.length > 0 && { marks }),
});
const paragraph = (...content: Node[]): Node => ({ type: 'paragraph', content });
const item = (...content: Node[]): Node => ({ type: 'listItem', content: [paragraph(...content)] });
const list = (content: Node[]): Node[] => (content.length === 0 ? [] : [{ type: 'bulletList', content }]);

/**
 * The Atlassian Document Format (https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/). A text node
 * is text: what is in it cannot format, mention or link.
 */
function jiraDocument(message: NotificationMessage): Node {
  const { summary, facts, lines, rest } = trimmed(message, {
    facts: 20,
    name: 100,
    value: 300,
    lines: 20,
    line: 250,
    summary: 3000,
  });
  const all = [...lines, ...(rest === '' ? [] : [rest])];
  return {
    type: 'doc',
    version: 1,
    content: [
      paragraph(text(summary === '' ? headline(message, 400) : summary)),
      ...list(facts.map(({ name, value }) => item(text(`${name}: `, [{ type: 'strong' }]), text(value)))),
      ...list(all.map((line) => item(text(line === '' ? '-' : line)))),
      ...(message.url === null
        ? []
        : [paragraph(text('Open in Phosor', [{ type: 'link', attrs: { href: message.url } }]))]),
    ],
  };
}

/** Labels take no spaces. */
const labelOf = (message: NotificationMessage): string =>
  `phosor-${message.key.replace(/[^\w.-]/g, '_')}`.slice(0, 255);

/** A new issue (https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post): summary 255, one line. */
const jiraIssue = (message: NotificationMessage, given: Pick<Config, 'project' | 'issueType'>): Node => ({
  fields: {
    project: { key: given.project },
    issuetype: { name: given.issueType },
    summary: headline(message, 255),
    description: jiraDocument(message),
    labels: ['phosor', labelOf(message)],
  },
});

const keyOf = (value: unknown): string | null =>
  typeof value === 'string' && /^[A-Z][A-Z0-9_]*-\d+$/.test(value) ? value : null;

export const jira = defineNotifier<Config>({
  name: 'jira',
  title: 'Jira',
  description: 'An issue for each incident in Jira Cloud; updates and the closing note are comments.',
  config,
  async send(message, given, tools) {
    const api = `${given.site.replace(/\/+$/, '')}/rest/api/3`;
    const headers = {
      authorization: `Basic ${Buffer.from(`${given.user}:${given.apiToken}`).toString('base64')}`,
      accept: 'application/json',
    };
    const check = (answer: Awaited<ReturnType<NotifierTools['http']>>): void =>
      accepted(answer, 'Jira', tools.now(), [given.apiToken, headers.authorization]);
    if (message.kind === 'test') {
      const answer = await tools.http({ method: 'GET', url: `${api}/project/${given.project}`, headers, body: null });
      check(answer);
      return { reference: null, detail: `The project ${given.project} can be reached. No issue was made.` };
    }
    if (tools.previous !== null) {
      check(await postJson(tools, `${api}/issue/${tools.previous}/comment`, { body: jiraDocument(message) }, headers));
      return { reference: tools.previous, detail: `comment on ${tools.previous}` };
    }
    // An earlier attempt may have made the issue without our hearing of it.
    const made = tools.attempt > 1 ? await find(api, message, given, headers, tools) : null;
    if (made !== null) return { reference: made, detail: `${made} was there already` };
    const answer = await postJson(tools, `${api}/issue`, jiraIssue(message, given), headers);
    check(answer);
    const key = keyOf(jsonOf(answer)?.key);
    if (key === null) throw new DeliveryError('Jira did not say which issue it made.', false);
    return { reference: key, detail: `issue ${key}` };
  },
  preview: (message, given) => ({ payload: JSON.stringify(jiraIssue(message, given), null, 2), html: null }),
  target: ({ site, project }) => `${project} on ${new URL(site).host}`,
});

async function find(
  api: string,
  message: NotificationMessage,
  given: Config,
  headers: Record<string, string>,
  tools: NotifierTools,
): Promise<string | null> {
  const jql = `project = "${given.project}" AND labels = "${labelOf(message)}"`;
  const url = `${api}/search/jql?jql=${encodeURIComponent(jql)}&fields=key&maxResults=1`;
  const answer = await tools.http({ method: 'GET', url, headers, body: null });
  if (answer.status !== 200) return null;
  const issues = jsonOf(answer)?.issues;
  return Array.isArray(issues) ? keyOf((issues[0] as { key?: unknown } | undefined)?.key) : null;
}
