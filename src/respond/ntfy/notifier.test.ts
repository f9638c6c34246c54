import { z } from 'zod';
import { describeChannel } from '../channel.test-suite.ts';
import { ntfy } from './notifier.ts';

/* Never run live. Sources: https://docs.ntfy.sh/publish/#publish-as-json and https://docs.ntfy.sh/publish/#limitations
   (messages of 4,096 bytes), github.com/binwiederhier/ntfy docs/publish.md. */
const bytes = (most: number) =>
  z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= most);
const schema = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: bytes(250).refine((text) => !/[\r\n]/.test(text)),
  message: bytes(4096),
  priority: z.int().min(1).max(5),
  tags: z.array(z.string()),
  click: z.url().optional(),
});

const secret = 'tk_secretsecretsecret';
describeChannel({
  notifier: ntfy,
  config: ({ url }) => ({ server: url, topic: 'phosor-secret-topic', token: secret }),
  schema,
  answer: { status: 200, body: '{"id":"x","event":"message"}' },
  secret,
});
