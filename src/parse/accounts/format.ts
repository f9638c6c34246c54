import type { Event, EventType, Severity } from '../../model/index.ts';
import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** Groups whose members own the machine. */
const powerful = /^(?:root|sudo|wheel|admin|adm|docker|lxd|disk|shadow|sudoers)$/;

function change(event: Event, type: EventType, user: string | undefined, severity: Severity = 'medium'): true {
  if (user !== undefined && user !== '') event.user = user;
  return judge(event, type, 'success', severity);
}

/** `name=alice, UID=1001, GID=1001, home=/home/alice, shell=/bin/bash, from=/dev/pts/0`. */
function takePairs(event: Event, text: string): void {
  for (const part of text.split(', ')) {
    const equals = part.indexOf('=');
    if (equals > 0 && equals < 24) event.fields[part.slice(0, equals).toLowerCase()] = part.slice(equals + 1);
  }
}

const quoted = /[`'"]([^'"`]*)['"]/;

/** `new user: name=alice, UID=1001, …`, `new group: name=…`, `new account added: account=…`. */
function readNew(event: Event, text: string): boolean {
  const found = /^new (user|group|account)(?: added)?: (.*)$/.exec(text);
  if (found === null) return false;
  takePairs(event, found[2] ?? '');
  const name = event.fields.name;
  delete event.fields.name;
  const root = event.fields.uid === '0' || event.fields.gid === '0';
  const user = typeof name === 'string' ? name : /account=([^,\s]+)/.exec(text)?.[1];
  if (found[1] === 'group' && user !== undefined) {
    event.fields.group = user;
    return change(event, 'account.created', undefined, root ? 'high' : 'medium');
  }
  return change(event, 'account.created', user, root ? 'high' : 'medium');
}

/** `group added to /etc/group: name=staff, GID=1002`. */
function readGroupAdded(event: Event, text: string): boolean {
  const found = /^group added to (\S+): name=([^,\s]+)(?:, GID=(\d+))?/.exec(text);
  if (found === null) return false;
  event.fields.group = found[2] ?? '';
  if (found[3] !== undefined) event.fields.gid = found[3];
  return change(event, 'account.created', undefined);
}

/** `delete user 'alice'`, `removed group 'alice' owned by 'alice'`. */
function readRemoved(event: Event, text: string): boolean {
  const user = /^(?:remove|delete|removed) (?:user )?[`'"]([^'"`]+)['"](.*)$/.exec(text);
  if (user !== null && !/\bfrom group\b|owned by/.test(text)) return change(event, 'account.deleted', user[1]);
  const group =
    /^(?:removed (?:shadow )?group|group) [`'"]([^'"`]+)['"](?: owned by [`'"]([^'"`]+)['"])?( removed)?/.exec(text);
  if (group === null) return false;
  event.fields.group = group[1] ?? '';
  return change(event, 'account.deleted', group[2]);
}

/** `add 'alice' to group 'sudo'`, `user alice removed by root from group sudo`, `members of group staff set by root to …`. */
function readMembership(event: Event, text: string): boolean {
  const found =
    /^(add|added|delete|deleted|removed) (?:user )?[`'"]?([^'"`\s]+)['"]? (?:to|from) (?:shadow )?group [`'"]?([^'"`\s]+)['"]?/.exec(
      text,
    ) ?? /^user (\S+) (added|removed) by \S+ (?:to|from) group (\S+)/.exec(text);
  if (found !== null) {
    const name =
      found[1]?.startsWith('add') || found[1]?.startsWith('delete') || found[1] === 'removed' ? found[2] : found[1];
    event.fields.group = found[3] ?? '';
    event.fields.action = /add/.test(text.slice(0, 40)) ? 'add' : 'remove';
    return change(
      event,
      'account.changed',
      name,
      powerful.test(found[3] ?? '') && event.fields.action === 'add' ? 'high' : 'medium',
    );
  }
  const members = /^members of group (\S+) set by (\S+) to (.*)$/.exec(text);
  if (members === null) return false;
  event.fields.group = members[1] ?? '';
  return change(event, 'account.changed', members[2]);
}

/** `change user 'alice' UID from '1001' to '0'`, `password for alice changed by root`, `alice: password updated`. */
function readChanged(event: Event, text: string): boolean {
  const what =
    /^(?:change user|changed user) [`'"]([^'"`]+)['"] (\S+)(?: from [`'"]([^'"`]*)['"] to [`'"]([^'"`]*)['"])?/.exec(
      text,
    );
  if (what !== null) {
    event.fields.what = what[2] ?? '';
    if (what[4] !== undefined) event.fields.to = what[4];
    return change(event, 'account.changed', what[1], what[2] === 'UID' && what[4] === '0' ? 'high' : 'medium');
  }
  const password =
    /^(?:password for|changed password expiry for|changed password for|changed user) [`'"]?([^'"`\s]+)['"]?/.exec(
      text,
    ) ?? /^user [`'"]?([^'"`\s]+)['"]? password changed|^([\w.-]+): password (?:changed|updated)/.exec(text);
  return password !== null && change(event, 'account.changed', password[1] ?? password[2]);
}

/** shadow-utils and relatives: useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chpasswd, chage, chfn, chsh. */
export const accounts = defineFormat({
  name: 'accounts',
  description: 'Users, groups and passwords that were created, changed or removed.',
  programs: [
    'useradd',
    'usermod',
    'userdel',
    'adduser',
    'deluser',
    'groupadd',
    'groupmod',
    'groupdel',
    'addgroup',
    'gpasswd',
    'passwd',
    'chpasswd',
    'chage',
    'chfn',
    'chsh',
    'newusers',
  ],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'accounts';
    if (/^fail(?:ed|ure)\b/i.test(text) || /\bfailed\b|cannot |can't |permission denied/i.test(text)) {
      const name = quoted.exec(text) ?? /name=([^,\s]+)/.exec(text);
      if (name !== null) event.user = name[1] ?? null;
      return judge(event, 'account.changed', 'failure', 'low');
    }
    if (
      readNew(event, text) ||
      readGroupAdded(event, text) ||
      readRemoved(event, text) ||
      readMembership(event, text) ||
      readChanged(event, text)
    )
      return true;
    const name = quoted.exec(text);
    if (name !== null) event.user = name[1] ?? null;
    return /^(?:lock|unlock|change|changed|set|add|added|move|delete|removed|user|group)\b/.test(text)
      ? judge(event, 'account.changed', 'success', 'low')
      : true;
  },
});
