import { z } from 'zod';
import { isoTime } from '../../model/index.ts';
import { refusal } from '../refusal.ts';
import { errorBody, limit } from '../schemas.ts';
import { type App, defineUnit, type ServeContext } from '../unit.ts';
import { registerPackets } from './packets.ts';
import { Picture } from './picture.ts';
import { captureStatus, flowView, importView, pictureShape, statusShape } from './shapes.ts';
import { mostStored, storedPicture } from './stored.ts';
import { registerUpload } from './upload.ts';

export const network = defineUnit({
  name: 'network',
  description: 'What is seen on the wire: captures, conversations, packets with their scores.',
  register(app, context) {
    registerWatching(app, context);
    registerSwitch(app, context);
    registerPackets(app, context);
    registerUpload(app, context);
  },
});

function registerWatching(app: App, { services }: ServeContext): void {
  app.get(
    '/api/network',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The capture: state, counts, losses, packets per second',
        description:
          '`lost` is what the kernel dropped because nobody read fast enough, by the account of tcpdump or dumpcap. ' +
          '`counts.leftOut` is what was over the limits of single records; conversations are then told in sums.',
        response: { 200: statusShape },
      },
    },
    async () => captureStatus(services.network.status(), services.network.interfaces()),
  );
  app.get(
    '/api/network/flows',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Conversations: who talks, with whom, and about what',
        description: `Those that are held now, or stored ones: the newest ${mostStored} records of that time.`,
        querystring: z.object({
          span: z.enum(['now', 'hour', 'day', 'all']).default('now'),
          address: z.string().max(64).optional(),
          protocol: z.string().max(32).optional(),
          service: z.string().max(32).optional(),
          limit: limit(200, 1000),
        }),
        response: { 200: pictureShape },
      },
    },
    async (request) => {
      const { address, protocol, service, limit: most, span } = request.query;
      const question = {
        address: address ?? null,
        protocol: protocol ?? null,
        service: service ?? null,
        limit: most,
      };
      const from = span === 'all' ? null : services.now() - (span === 'hour' ? 3_600_000 : 86_400_000);
      const stored = span === 'now' ? null : await storedPicture(services, question, from);
      const picture = stored === null ? await services.network.picture(question) : stored.picture;
      const { at, flows, talkers, pairs, ...rest } = picture ?? new Picture(question).result(0);
      const country = (address: string): string | null => services.intel.place(address)?.country ?? null;
      return {
        at: at === 0 ? null : isoTime(at),
        ...rest,
        flows: flows.map(flowView),
        talkers: talkers.map((talker) => ({ ...talker, country: country(talker.address) })),
        pairs: pairs.map((pair) => ({
          ...pair,
          src_country: country(pair.src_ip),
          dst_country: country(pair.dst_ip),
        })),
        looked: stored?.looked ?? null,
        all: stored?.isAll ?? true,
      };
    },
  );
  app.get(
    '/api/network/imports',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Captures that were read, the newest first', response: { 200: z.array(importView.shape) } },
    },
    async () => services.network.imports().map(importView.of),
  );
}

function registerSwitch(app: App, { services, audit }: ServeContext): void {
  const change = (key: string, value: unknown): unknown =>
    refusal('SETTING_REFUSED', () => services.settings.change(key, value)).value;
  app.post(
    '/api/network/capture',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Begin to capture, or capture something else',
        description: 'What is not given stays as it is. The settings `capture.…` hold it; a restart goes on with it.',
        body: z.strictObject({
          interface: z.string().max(32).optional(),
          filter: z.string().max(2000).optional(),
        }),
        response: { 200: statusShape, 422: errorBody },
      },
    },
    async (request) => {
      const { interface: name, filter } = request.body;
      if (name !== undefined) change('capture.interface', name);
      if (filter !== undefined) change('capture.filter', filter);
      change('capture.enabled', true);
      audit(request, 'capture_started', { interface: name, filter });
      return captureStatus(services.network.status(), services.network.interfaces());
    },
  );
  app.delete(
    '/api/network/capture',
    {
      config: { role: 'admin' },
      schema: { summary: 'End the capture', response: { 200: statusShape, 422: errorBody } },
    },
    async (request) => {
      change('capture.enabled', false);
      audit(request, 'capture_stopped', {});
      return captureStatus(services.network.status(), services.network.interfaces());
    },
  );
}
