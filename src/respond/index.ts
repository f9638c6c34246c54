import type { Notifier } from './contract.ts';
import { sendgrid } from './sendgrid/notifier.ts';
import { smtp } from './smtp/notifier.ts';
import { webhook } from './webhook/notifier.ts';

/** Every way to tell people. The order is that of the form. */
export const notifiers = [smtp, sendgrid, webhook] as readonly Notifier[];
