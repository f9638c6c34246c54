import { defineUnit } from '../unit.ts';
import { registerGrouping } from './grouping.ts';
import { registerNotes } from './notes.ts';
import { registerReading } from './reading.ts';
import { registerWorking } from './working.ts';

export const incidents = defineUnit({
  name: 'incidents',
  description: 'Alerts that belong together: what happened, who works on it, what was decided.',
  register(app, context) {
    registerReading(app, context);
    registerWorking(app, context);
    registerNotes(app, context);
    registerGrouping(app, context);
  },
});
