import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** OpenBSD's and OpenDoas' doas(1): `alice ran command ls as root from /home/alice`, `failed command for alice: ls`, `failed auth for alice`. */
export const doas = defineFormat({
  name: 'doas',
  description: 'doas: commands that were run or refused, wrong passwords.',
  programs: ['doas'],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'doas';
    const refused = /^(?:failed|command not permitted|not permitted) (?:command )?for (\S+?):? (.*)$/.exec(text);
    if (text.startsWith('failed auth for ')) {
      event.user = text.slice(16).split(' ')[0] ?? null;
      return judge(event, 'privilege.denied', 'failure', 'medium');
    }
    if (refused !== null) {
      event.user = refused[1] ?? null;
      event.fields.command = refused[2] ?? '';
      return judge(event, 'privilege.denied', 'denied', 'medium');
    }
    const ran = /^(\S+) ran command (.*) as (\S+)(?: from (.*))?$/.exec(text);
    if (ran !== null) {
      event.user = ran[1] ?? null;
      event.fields.command = ran[2] ?? '';
      event.fields.target_user = ran[3] ?? '';
      if (ran[4] !== undefined) event.fields.directory = ran[4];
      return judge(event, 'privilege.sudo', 'success', 'low');
    }
    return true;
  },
});
