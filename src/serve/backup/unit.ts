import { z } from 'zod';
import { isDiskTrouble } from '../../store/contract.ts';
import { apiError } from '../errors.ts';
import { errorBody } from '../schemas.ts';
import { defineUnit } from '../unit.ts';

const staged = z.object({
  name: z.string().meta({ description: 'Folder inside the data folder.' }),
  last_segment: z.int().min(0),
});

export const backup = defineUnit({
  name: 'backup',
  description: 'What `phosor backup` asks of a running Phosor, over the socket in the data folder.',
  register(app, { services, audit }) {
    app.post(
      '/api/backup/stage',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Make a consistent copy ready',
          description: 'Only over the socket in the data folder: whoever asks has to read the files.',
          response: { 201: staged, 403: errorBody, 503: errorBody },
        },
      },
      async (request, reply) => {
        if (request.principal?.via !== 'local') throw apiError('LOCAL_ONLY', 'phosor backup FILE');
        const made = await services.backup.stage().catch((error: unknown) => {
          // The event store tells in words.
          const isFull = isDiskTrouble(error) || /No space left/i.test(String(error));
          throw isFull ? apiError('BACKUP_NEEDS_SPACE') : error;
        });
        audit(request, 'backup_made', { folder: made.name });
        return reply.code(201).send(made);
      },
    );
    app.delete(
      '/api/backup/stage/:name',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Remove a copy that was made ready',
          params: z.strictObject({ name: z.string().min(1).max(100) }),
          response: { 200: z.object({ status: z.literal('deleted') }), 403: errorBody, 404: errorBody },
        },
      },
      async (request) => {
        if (request.principal?.via !== 'local') throw apiError('LOCAL_ONLY', 'phosor backup FILE');
        const { name } = request.params;
        if (!(await services.backup.unstage(name))) throw apiError('NOT_FOUND', 'copy', name);
        return { status: 'deleted' as const };
      },
    );
  },
});
