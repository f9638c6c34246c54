/** Event types of real lines against Wazuh's rule groups. */
import { expect, it } from 'vitest';
import type { EventType } from '../../src/model/index.ts';
import { parseLine, report, rowsOf, share } from './shared.ts';

/** Wazuh's log types of our families. */
const families =
  /^(?:sshd|pam|su|sudo|doas|iptables|ufw|apache|nginx|modsecurity|php|web_rules|vsftpd|proftpd|postfix|dovecot|kernel_usb|mysql|postgresql|cron|audit_scp|sophos_fw|SonicWall|nextcloud|gitlab|docker_integration|owlh|cloudflare-waf)$/;

/** What a group means, in our event types. The first group of a row that is listed decides. */
const classes: readonly (readonly [string, readonly (EventType | 'any')[]])[] = [
  ['authentication_failed', ['auth.failure', 'privilege.denied', 'sql.auth_failure', 'auth.error']],
  ['authentication_failures', ['auth.failure', 'privilege.denied', 'sql.auth_failure', 'auth.error']],
  ['invalid_login', ['auth.failure', 'auth.error', 'auth.disconnect']],
  ['authentication_success', ['auth.success', 'session.opened', 'privilege.su', 'privilege.sudo']],
  ['multiple_drops', ['net.blocked']],
  ['firewall_drop', ['net.blocked']],
  ['firewall', ['net.blocked', 'net.allowed', 'net.logged']],
  ['sql_injection', ['web.attack', 'sql.injection']],
  ['attack', ['web.attack', 'web.error', 'auth.error']],
  ['access_denied', ['web.error', 'auth.failure', 'net.connection', 'privilege.denied', 'web.attack']],
  ['access_control', ['web.error', 'auth.failure', 'web.attack']],
  ['spam', ['mail.rejected']],
  ['unknown_resource', ['web.error', 'web.attack', 'web.request']],
  ['web', ['web.error', 'web.attack', 'web.request', 'auth.failure', 'system.error']],
  ['adduser', ['account.created', 'account.changed']],
  ['account_changed', ['account.changed', 'account.created', 'account.deleted']],
  ['service_availability', ['service.failed', 'system.error', 'service.stopped', 'service.started']],
];

it('agrees with Wazuh on at least 90 % of the lines of our families whose group says what happened', () => {
  const misses: string[] = [];
  let total = 0;
  let hits = 0;
  for (const row of rowsOf('wazuh')) {
    if (!families.test(row.logtype)) continue;
    const groups = (row.expect.groups ?? []) as string[];
    const wanted = classes.find(([group]) => groups.includes(group));
    if (wanted === undefined) continue;
    const event = parseLine(row.input[0] ?? '');
    total += 1;
    if (wanted[1].includes(event.event_type)) hits += 1;
    else
      misses.push(`  ${wanted[0]}, got ${event.event_type} (${event.format}): ${(row.input[0] ?? '').slice(0, 180)}`);
  }
  report([`wazuh, our families: ${share(hits, total)}`, ...misses]);
  expect(total).toBeGreaterThan(30);
  expect(hits / total).toBeGreaterThanOrEqual(0.9);
});
