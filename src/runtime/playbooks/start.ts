import type { LiveBus, Services } from '../../serve/contract.ts';
import type { PlaybookOptions } from './options.ts';
import { Playbooks } from './playbooks.ts';
import { watchTriggers } from './triggers.ts';

/** From alerts and incidents to what is done about them, step by step, beside the data's way. */
export function startPlaybooks(options: PlaybookOptions & { bus: LiveBus }): {
  services: Pick<Services, 'playbooks'>;
  /** Alerts that were stored until now were looked at, and what is due was done. */
  settle(): Promise<void>;
  stop(): Promise<void>;
} {
  const playbooks = new Playbooks(options);
  const watch = watchTriggers({
    ...options,
    enabled: () => playbooks.enabled(),
    start: (playbook, evidence) => playbooks.trigger(playbook, evidence),
  });
  playbooks.begin();
  return {
    services: { playbooks },
    async settle() {
      await watch.settle();
      await playbooks.settle();
    },
    async stop() {
      watch.stop();
      await playbooks.stop();
    },
  };
}
