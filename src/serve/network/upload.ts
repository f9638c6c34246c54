import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { plainText } from '../../model/index.ts';
import { apiError } from '../errors.ts';
import { refusal } from '../refusal.ts';
import { errorBody } from '../schemas.ts';
import type { App, ServeContext } from '../unit.ts';
import { importView } from './shapes.ts';

const types = ['application/vnd.tcpdump.pcap', 'application/octet-stream', 'application/x-pcapng'];

/** A file of packets goes to the disk as it comes; nothing of it is looked at here. */
export function registerUpload(parent: App, { services, audit }: ServeContext): void {
  void parent.register(async (app: App) => {
    app.addContentTypeParser(types, (_request, payload, done) => done(null, payload));
    app.post(
      '/api/network/imports',
      {
        config: { role: 'analyst' },
        schema: {
          summary: 'Read a .pcap or .pcapng file',
          description:
            'The body is the file. Its conversations, packets, names and requests become events with the times of the ' +
            'packets, of the source `pcap_<name>`; the same file again gives the same events. One is read at a time.',
          querystring: z.object({ name: z.string().min(1).max(100).default('capture.pcap') }),
          response: { 202: importView.shape, 413: errorBody, 422: errorBody },
        },
      },
      async (request, reply) => {
        const { network } = services;
        const name = plainText(request.query.name).replace(/[^\w.-]+/g, '_');
        const path = join(network.uploadFolder(), `${randomBytes(12).toString('hex')}.pcap`);
        const most = network.maxUploadBytes();
        let bytes = 0;
        const body = request.body as Readable | undefined;
        if (body === undefined || typeof body.pipe !== 'function')
          throw apiError('BODY_INVALID', `Send the file itself as the body, as one of ${types.join(', ')}.`);
        try {
          await pipeline(
            body,
            async function* (chunks: AsyncIterable<Buffer>) {
              for await (const chunk of chunks) {
                bytes += chunk.length;
                if (bytes > most) throw apiError('BODY_TOO_LARGE', most);
                yield chunk;
              }
            },
            createWriteStream(path, { mode: 0o600 }),
          );
        } catch (error) {
          await rm(path, { force: true });
          throw error;
        }
        const entry = refusal('SOURCE_REFUSED', () => network.importFile(path, name));
        audit(request, 'capture_imported', { name, bytes });
        return reply.code(202).send(importView.of(entry));
      },
    );
  });
}
