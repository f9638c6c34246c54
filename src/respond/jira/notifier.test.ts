import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { testMessage } from '../receiver.test-suite.ts';
import { jira } from './notifier.ts';

/* Never run live. Sources: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (issues: create; issue comments: add;
   issue search: jql) and https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/ (ADF). */
const mark = z.union([
  z.strictObject({ type: z.literal('strong') }),
  z.strictObject({ type: z.literal('link'), attrs: z.strictObject({ href: z.url() }) }),
]);
const paragraph = z.strictObject({
  type: z.literal('paragraph'),
  content: z
    .array(z.strictObject({ type: z.literal('text'), text: z.string().min(1), marks: z.array(mark).optional() }))
    .min(1),
});
const doc = z
  .strictObject({
    type: z.literal('doc'),
    version: z.literal(1),
    content: z.array(
      z.union([
        paragraph,
        z.strictObject({
          type: z.literal('bulletList'),
          content: z.array(z.strictObject({ type: z.literal('listItem'), content: z.array(paragraph).min(1) })).min(1),
        }),
      ]),
    ),
  })
  .refine((value) => JSON.stringify(value).length < 32_767);
const issue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.string() }),
    issuetype: z.strictObject({ name: z.string() }),
    summary: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\r\n]+$/),
    description: doc,
    labels: z.array(z.string().regex(/^\S{1,255}$/)),
  }),
});
const schema = z.union([issue, z.strictObject({ body: doc })]);

const secret = 'ATATT3secretsecretsecret';
const { send, receiver } = describeChannel({
  notifier: jira,
  config: ({ url }) => ({ site: url, user: 'bot@example.com', apiToken: secret, project: 'SEC', issueType: 'Task' }),
  schema,
  answer: { status: 201, body: '{"id":"10000","key":"SEC-24","self":"x"}' },
  secret,
});

test('an incident is an issue, an update is a comment on it', async () => {
  const { reference } = await send(testMessage());
  expect(reference).toBe('SEC-24');
  await send(testMessage({ kind: 'update' }), { previous: reference });
  expect(receiver().received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /rest/api/3/issue',
    'POST /rest/api/3/issue/SEC-24/comment',
  ]);
  expect(receiver().received[0]?.headers.authorization).toBe(`Basic ${btoa(`bot@example.com:${secret}`)}`);
});

test('a second attempt looks whether the first one made the issue', async () => {
  receiver().answer = ({ method }) =>
    method === 'GET'
      ? { status: 200, body: '{"issues":[{"id":"1","key":"SEC-7"}],"isLast":true}' }
      : { status: 500, body: '' };
  await expect(send(testMessage(), { attempt: 2 })).resolves.toMatchObject({ reference: 'SEC-7' });
  expect(receiver().received).toHaveLength(1);
  expect(decodeURIComponent(receiver().received[0]?.path ?? '')).toContain('labels = "phosor-incident-1"');
});

test('a test reads the project and makes no issue', async () => {
  receiver().answer = { status: 200, body: '{"key":"SEC"}' };
  await send(testMessage({ kind: 'test' }));
  expect(receiver().received.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /rest/api/3/project/SEC']);
});
