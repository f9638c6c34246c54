import type { Notice } from '../../serve/notifications/types.ts';
import type { ControlOptions } from './control.ts';
import { takesAll } from './policy.ts';

const hourMs = 3_600_000;

/** Puts what is no incident into the queues of channels. */
export function tellNotice(
  { config, state, channels, outbox, now }: Pick<ControlOptions, 'config' | 'state' | 'channels' | 'outbox' | 'now'>,
  notice: Notice,
  names: readonly string[],
): { told: string[]; left: string[] } {
  const { publicUrl, maxPerHour } = config().notifications;
  const told: string[] = [];
  const all = channels.all();
  const isNamed = (name: string, id: string): boolean => names.includes(name) || names.includes(id);
  const left = names
    .filter((wanted) => !all.some(({ channel }) => channel.name === wanted || channel.id === wanted))
    .map((wanted) => `${wanted}: there is no such channel`);
  for (const open of all) {
    const { id, name, enabled, filter } = open.channel;
    if (names.length > 0 ? !isNamed(name, id) : !enabled || !takesAll(filter, notice)) continue;
    const made = state.notifications.deliveries.countSince(id, now() - hourMs, ['opened', 'update']);
    if (!enabled || made >= maxPerHour) {
      left.push(enabled ? `${name}: over its ${maxPerHour} messages of an hour` : `${name}: it is switched off`);
      continue;
    }
    outbox.put(open, {
      kind: 'opened',
      key: notice.key,
      title: notice.title,
      severity: notice.severity,
      risk: null,
      summary: notice.summary,
      facts: notice.facts,
      lines: [],
      moreLines: 0,
      url: publicUrl === '' ? null : `${publicUrl.replace(/\/+$/, '')}${notice.path}`,
      time: now(),
    });
    outbox.kick(id);
    told.push(name);
  }
  return { told, left };
}
