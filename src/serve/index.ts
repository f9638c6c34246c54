import { alerts } from './alerts/unit.ts';
import { analytics } from './analytics/unit.ts';
import { audit } from './audit/unit.ts';
import { auth } from './auth/unit.ts';
import { backtest } from './backtest/unit.ts';
import { backup } from './backup/unit.ts';
import { coverage } from './coverage/unit.ts';
import { dashboard } from './dashboard/unit.ts';
import { decisions } from './decisions/unit.ts';
import { decoys } from './decoys/unit.ts';
import { docs } from './docs/unit.ts';
import { entities } from './entities/unit.ts';
import { events } from './events/unit.ts';
import { explain } from './explain/unit.ts';
import { health } from './health/unit.ts';
import { honeytokens } from './honeytokens/unit.ts';
import { incidents } from './incidents/unit.ts';
import { intel } from './intel/unit.ts';
import { keys } from './keys/unit.ts';
import { live } from './live/unit.ts';
import { logs } from './logs/unit.ts';
import { metrics } from './metrics/unit.ts';
import { network } from './network/unit.ts';
import { notifications } from './notifications/unit.ts';
import { overview } from './overview/unit.ts';
import { parse } from './parse/unit.ts';
import { playbooks } from './playbooks/unit.ts';
import { replays } from './replays/unit.ts';
import { reports } from './reports/unit.ts';
import { reputation } from './reputation/unit.ts';
import { rules } from './rules/unit.ts';
import { search } from './search/unit.ts';
import { searches } from './searches/unit.ts';
import { settings } from './settings/unit.ts';
import { sources } from './sources/unit.ts';
import { stats } from './stats/unit.ts';
import { threats } from './threats/unit.ts';
import { ui } from './ui/unit.ts';
import type { ServeUnit } from './unit.ts';
import { users } from './users/unit.ts';
import { webhook } from './webhook/unit.ts';

/** Everything that is answered over HTTP and WebSocket. The order is that of the documentation. */
export const units: readonly ServeUnit[] = [
  auth,
  overview,
  dashboard,
  alerts,
  incidents,
  decisions,
  playbooks,
  entities,
  events,
  search,
  searches,
  logs,
  live,
  rules,
  coverage,
  explain,
  backtest,
  replays,
  threats,
  reports,
  reputation,
  honeytokens,
  intel,
  decoys,
  network,
  analytics,
  sources,
  webhook,
  parse,
  stats,
  settings,
  notifications,
  users,
  keys,
  audit,
  backup,
  health,
  metrics,
  docs,
  ui,
];
