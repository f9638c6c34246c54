import { z } from 'zod';
import { refusal } from '../refusal.ts';
import { errorBody } from '../schemas.ts';
import { defineUnit } from '../unit.ts';

const settingShape = z.object({
  key: z.string(),
  title: z.string(),
  description: z.string(),
  value: z.unknown(),
  default: z.unknown(),
  origin: z.enum(['default', 'file', 'environment', 'flag', 'runtime']),
  runtime: z.boolean().meta({ description: 'May be changed while Phosor runs.' }),
  secret: z.boolean(),
  environment: z.string().nullable().meta({ description: 'The variable that sets it at the start.' }),
  flag: z.string().nullable().meta({ description: 'The flag that sets it at the start.' }),
  schema: z.unknown(),
});

export const settings = defineUnit({
  name: 'settings',
  description: 'The configuration in force and where each value comes from.',
  register(app, { services, audit }) {
    app.get(
      '/api/settings',
      {
        config: { role: 'viewer' },
        schema: { summary: 'All settings, secrets masked', response: { 200: z.array(settingShape) } },
      },
      async () => services.settings.list(),
    );
    app.patch(
      '/api/settings',
      {
        config: { role: 'admin' },
        schema: {
          summary: 'Change a setting that may change at run time',
          body: z.strictObject({ key: z.string().max(200), value: z.unknown() }),
          response: { 200: settingShape, 422: errorBody },
        },
      },
      async (request) => {
        const { key, value } = request.body;
        const before = services.settings.list().find((each) => each.key === key)?.value;
        const changed = refusal('SETTING_REFUSED', () => services.settings.change(key, value));
        const shown = changed.secret ? {} : { from: before, to: changed.value };
        audit(request, 'config_changed', { key, ...shown });
        return changed;
      },
    );
  },
});
