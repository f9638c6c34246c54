import type { Notifier } from './contract.ts';
import { discord } from './discord/notifier.ts';
import { jira } from './jira/notifier.ts';
import { ntfy } from './ntfy/notifier.ts';
import { pagerduty } from './pagerduty/notifier.ts';
import { sendgrid } from './sendgrid/notifier.ts';
import { slack } from './slack/notifier.ts';
import { smtp } from './smtp/notifier.ts';
import { teams } from './teams/notifier.ts';
import { telegram } from './telegram/notifier.ts';
import { webhook } from './webhook/notifier.ts';

/** Every way to tell people. The order is that of the form. */
export const notifiers = [
  smtp,
  sendgrid,
  slack,
  discord,
  teams,
  pagerduty,
  jira,
  ntfy,
  telegram,
  webhook,
] as readonly Notifier[];
