import { enforcers } from '../../respond/enforcers.ts';
import type { Services } from '../../serve/contract.ts';
import type { DeskOptions } from '../desk.ts';
import { machineAddresses } from './machine.ts';
import type { ResponseOptions } from './options.ts';
import { Response } from './response.ts';
import { runPrograms } from './run.ts';
import { watchAlerts } from './watch.ts';

type Options = Pick<DeskOptions, 'state' | 'events' | 'bus' | 'now' | 'log'> &
  Pick<ResponseOptions, 'config' | 'reputation'> &
  Partial<Pick<ResponseOptions, 'enforcers' | 'tools' | 'machine'>>;

/** From alerts to decisions to the firewall, beside the data's way. */
export function startResponse(options: Options): {
  services: Pick<Services, 'response'>;
  /** For playbooks: what they decide is held to the same rules. */
  response: Response;
  apply(): void;
  /** Alerts that were stored until now were looked at. */
  settle(): Promise<void>;
  stop(): Promise<void>;
} {
  const response = new Response({
    enforcers,
    tools: { run: runPrograms() },
    machine: machineAddresses,
    ...options,
  });
  const watch = watchAlerts({ response, ...options });
  const started = response.start().catch((error: Error) => options.log('error', `Response: ${error.message}`));
  return {
    services: { response },
    response,
    apply: () => response.apply(),
    settle: () => watch.settle(),
    async stop() {
      watch.stop();
      await started;
      await response.stop();
    },
  };
}
