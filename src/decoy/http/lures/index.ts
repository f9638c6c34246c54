import type { Lure } from '../lure.ts';
import { actuator } from './actuator.ts';
import { admin } from './admin.ts';
import { backupFiles } from './backups.ts';
import { cgiScripts } from './cgi.ts';
import { front } from './front.ts';
import { gateways } from './gateways.ts';
import { gitFolder } from './git.ts';
import { javaHoles } from './java-holes.ts';
import { jenkins } from './jenkins.ts';
import { phpHoles } from './php-holes.ts';
import { phpmyadmin } from './phpmyadmin.ts';
import { robots } from './robots.ts';
import { router } from './router.ts';
import { routerExploits } from './router-exploits.ts';
import { environmentFile } from './secrets-in-files.ts';
import { tomcat } from './tomcat.ts';
import { webShells } from './web-shells.ts';
import { wordpress } from './wordpress.ts';

/** Every lure. The first that answers wins. */
export const lures: readonly Lure[] = [
  front,
  robots,
  environmentFile,
  gitFolder,
  wordpress,
  phpmyadmin,
  phpHoles,
  routerExploits,
  router,
  cgiScripts,
  jenkins,
  tomcat,
  actuator,
  javaHoles,
  gateways,
  backupFiles,
  webShells,
  admin,
];
