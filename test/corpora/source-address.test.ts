/**
 * Source addresses and users of real lines, against other projects' answers. The thresholds hold for the families that
 * Phosor reads with formats of their own; the figure over all services is printed beside them.
 */
import { describe, expect, it } from 'vitest';
import { isAddress, normalAddress, parseLine, type Row, report, rowsOf, share } from './shared.ts';

interface Expected {
  row: Row;
  address: string | null;
  user: string | null;
}

/** fail2ban's service names of our families. */
const fail2banFamilies =
  /^(?:sshd|sshd-journal|selinux-ssh|dropbear|pam-generic|apache-\S+|nginx-\S+|mysqld-auth|mssql-auth|traefik-auth|grafana|froxlor-auth|cowrie|vsftpd|proftpd|pure-ftpd|wuftpd|postfix\S*|dovecot)$/;

/** CrowdSec's sources of our families; `syslog` is sorted by the line's program below. */
const crowdsecFamilies =
  /^(?:nginx|apache2|nginx-proxy-manager|litespeed|modsecurity|traefik|caddy|postgres|mysql|mariadb|mssql|auditd|laurel|authelia|audiobookshelf|grafana|gitea|keycloak|suricata-evelogs|mongodb|immich|vsftpd|proftpd|unifi|fortinet|bunkerweb|baikal|bookstack|Nextcloud|ntfy|litellm|jellyseerr|overseerr)$/;
const syslogPrograms =
  /\b(?:sshd|pam_\w+|CRON|sudo|su|kernel|postgres|mysqld|mariadbd|nginx|apache2?|httpd|pure-ftpd|proftpd|vsftpd|dovecot|postfix\/\S+|dropbear|pkexec)[[(:]|IN=\S* OUT=|pam_unix/;

function measure(cases: readonly Expected[]): { lines: string[]; address: number; user: number } {
  let addresses = 0;
  let addressHits = 0;
  let users = 0;
  let userHits = 0;
  let unstated = 0;
  const misses: string[] = [];
  for (const { row, address, user } of cases) {
    const events = row.input.map((line) => parseLine(line));
    const text = row.input.join('\n');
    if (address !== null) {
      // Some answers are carried over from an earlier line of the same process: one line alone cannot know them.
      if (!text.toLowerCase().includes(address) && !text.includes(address)) unstated += 1;
      else {
        addresses += 1;
        if (events.some((event) => event.src_ip === normalAddress(address))) addressHits += 1;
        else
          misses.push(`  address ${address}, got ${events[0]?.src_ip} (${events[0]?.format}): ${text.slice(0, 180)}`);
      }
    }
    if (user !== null && text.includes(user)) {
      users += 1;
      if (events.some((event) => event.user === user)) userHits += 1;
      else misses.push(`  user ${user}, got ${events[0]?.user} (${events[0]?.format}): ${text.slice(0, 180)}`);
    }
  }
  return {
    lines: [
      `addresses ${share(addressHits, addresses)}, users ${share(userHits, users)}` +
        (unstated > 0 ? `, ${unstated} answers that the line does not state were left out` : ''),
      ...misses,
    ],
    address: addressHits / Math.max(1, addresses),
    user: userHits / Math.max(1, users),
  };
}

function expectations(row: Row, address: unknown, user: unknown): Expected {
  return {
    row,
    address: isAddress(address) ? address : null,
    user: typeof user === 'string' && user !== '' && user !== '-' ? user : null,
  };
}

describe('fail2ban.jsonl', () => {
  const rows = rowsOf('fail2ban');
  const matching = rows
    .filter((row) => row.expect.match === true)
    .map((row) => expectations(row, row.expect.src, row.expect.user));
  const families = matching.filter(({ row }) => fail2banFamilies.test(row.logtype));

  it('names the source of at least 97 % and the user of at least 95 % of the attack lines of our families', () => {
    const result = measure(families);
    report(['fail2ban, our families:', ...result.lines]);
    expect(families.length).toBeGreaterThan(60);
    expect(result.address).toBeGreaterThanOrEqual(0.97);
    expect(result.user).toBeGreaterThanOrEqual(0.95);
  });

  it('is reported for every service', () => {
    const result = measure(matching);
    report(['fail2ban, all services:', ...result.lines]);
    expect(result.address).toBeGreaterThan(0.95);
  });

  it('accuses nobody on lines that are no attack', () => {
    const accused = rows
      .filter((row) => row.expect.match === false)
      .flatMap((row) => row.input.map((line) => ({ row, line, event: parseLine(line) })))
      .filter(({ event }) => event.event_type === 'auth.failure' && event.src_ip !== null)
      // These state a failed attempt in so many words; fail2ban only waits for a later line of the same connection.
      .filter(
        ({ line }) =>
          !/Failed publickey for |pam_unix\(sshd:auth\): authentication failure|type=USER_LOGIN .*res=failed/.test(
            line,
          ),
      );
    expect(accused.map(({ row, line }) => `${row.logtype}: ${line}`)).toEqual([]);
  });
});

describe('crowdsec-parse.jsonl', () => {
  const rows = rowsOf('crowdsec-parse').map((row) => {
    const meta = (row.expect.meta ?? {}) as Record<string, unknown>;
    return expectations(row, meta.source_ip, meta.target_user);
  });
  const families = rows.filter(({ row }) =>
    row.logtype === 'syslog' ? syslogPrograms.test(row.input.join('\n')) : crowdsecFamilies.test(row.logtype),
  );

  it('names the source of at least 95 % and the user of at least 95 % of the lines of our families', () => {
    const result = measure(families);
    report(['crowdsec, our families:', ...result.lines]);
    expect(families.length).toBeGreaterThan(100);
    expect(result.address).toBeGreaterThanOrEqual(0.95);
    expect(result.user).toBeGreaterThanOrEqual(0.95);
  });

  it('is reported for every service', () => {
    const result = measure(rows);
    report(['crowdsec, all services:', ...result.lines]);
    expect(result.address).toBeGreaterThan(0.95);
  });
});
