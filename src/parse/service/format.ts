import { defineFormat } from '../contract.ts';
import { judge } from '../verdict.ts';

/** systemd's account of units, and monit's: started, stopped, failed. Texts: systemd's unit.c and service.c. */
export const service = defineFormat({
  name: 'service',
  description: 'systemd units that started, stopped or failed.',
  programs: ['systemd', 'init', 'upstart', 'supervisord'],
  leads: '',
  parse(event, text) {
    if (text.startsWith('pam_')) return false;
    event.format = 'service';
    const unit = /^([\w@.:\\-]+\.(?:service|socket|mount|timer|target|scope|slice|swap|path|device)): /.exec(text);
    if (unit !== null) event.fields.unit = unit[1] ?? '';
    const body = unit === null ? text : text.slice(unit[0].length);
    const result = /^Failed with result '([^']*)'/.exec(body);
    if (result !== null) {
      event.fields.result = result[1] ?? '';
      if (result[1] === 'oom-kill') return judge(event, 'system.error', 'failure', 'high');
      return judge(event, 'service.failed', 'failure', 'high');
    }
    if (/^Failed to start|^Start request repeated too quickly|^Dependency failed|entered failed state/.test(body)) {
      const failed = /^Failed to start ([\w@.:\\-]+\.\w+)/.exec(body);
      if (failed !== null) event.fields.unit = failed[1] ?? '';
      return judge(event, 'service.failed', 'failure', 'high');
    }
    if (
      /^Main process exited, code=(?:killed|dumped)|^A process of this unit has been killed by the OOM killer/.test(
        body,
      )
    ) {
      return judge(event, 'service.failed', 'failure', /OOM/.test(body) ? 'high' : 'medium');
    }
    if (/^Main process exited, code=exited, status=[1-9]/.test(body))
      return judge(event, 'service.failed', 'failure', 'medium');
    const session = /^(?:Started|New) Session (\S+) of [Uu]ser ([^\s.]+)/.exec(body);
    if (session !== null) {
      event.user = session[2] ?? null;
      return judge(event, 'session.opened', 'success', 'info');
    }
    const named =
      /^(Started|Stopped|Starting|Stopping|Finished|Reloaded|Deactivated successfully)\b[ .]*(.*?)(?:\.\.\.|\.)?$/.exec(
        body,
      );
    if (named !== null) {
      if (named[2] !== '' && unit === null) event.fields.unit = (named[2] ?? '').split(' - ')[0] ?? '';
      if (named[1] === 'Started' || named[1] === 'Starting') return judge(event, 'service.started', 'success', 'info');
      if (named[1] === 'Stopped' || named[1] === 'Stopping' || named[1]?.startsWith('Deactivated'))
        return judge(event, 'service.stopped', 'success', 'info');
    }
    return true;
  },
});
