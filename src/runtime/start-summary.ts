import { offeredLogs } from '../ingest/roots.ts';
import type { Services } from '../serve/contract.ts';
import type { Sources } from './source-control.ts';

/** Tells people where everything is, once it runs. */
export function describeStart(
  print: (line: string) => void,
  what: { address: string; setupLink: string | null; dataDir: string; sources: Sources; services: Services },
): void {
  const { address, setupLink, dataDir, sources, services } = what;
  print(`Phosor ${services.http.version} runs at ${address}`);
  if (setupLink !== null) print(`Set the password of admin (works once, for 24 hours): ${setupLink}`);
  for (const { what: name, host, port } of sources.listening()) {
    print(`  syslog over ${name.replace('syslog-', '').toUpperCase()}: ${host}:${port}`);
  }
  print(`  webhook: POST ${address}/api/webhook/{source_id}`);
  const files = sources.files();
  print(
    files.length > 0
      ? `  files: ${files.map(({ path }) => path).join(', ')}`
      : `  files: none${offeredLogs().length > 0 ? ' (system logs were found and declined)' : ' (no readable system log was found)'}`,
  );
  print(`  data: ${dataDir}`);
  if (services.http.uiFolder === null) print('  The UI is not built: run npm run build:web.');
}
