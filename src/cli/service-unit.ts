/** What a systemd unit is made from. Paths are absolute. */
export interface ServiceUnit {
  /** The launcher: `…/bin/phosor.js`. */
  launcher: string;
  /** The Node that runs it. */
  node: string;
  user: string;
  /** Folder that systemd makes for it under /var/lib. */
  stateName: string;
  /** Environment of the service, a name and a value each. */
  environment: Readonly<Record<string, string>>;
}

/**
 * A hardened unit of systemd for Phosor. See systemd.exec(5) for what each line takes away. Not there, and why:
 * MemoryDenyWriteExecute (V8 compiles as it runs), PrivateNetwork (it listens), ProtectHome=yes where it is installed below
 * a home folder.
 */
export function serviceUnit({ launcher, node, user, stateName, environment }: ServiceUnit): string {
  const isInHome = [launcher, node].some((path) => /^\/(home|root|run\/user)\//.test(path));
  const lines = [
    '[Unit]',
    'Description=Phosor, log correlation and detection',
    'After=network-online.target',
    'Wants=network-online.target',
    'StartLimitIntervalSec=300',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=exec',
    '# Where phosor.config.yaml or .json may lie.',
    `WorkingDirectory=-/etc/${stateName}`,
    `ExecStart=${word(node)} ${word(launcher)} start`,
    `User=${user}`,
    `Group=${user}`,
    '# adm may read /var/log on Debian and Ubuntu.',
    'SupplementaryGroups=adm',
    `StateDirectory=${stateName}`,
    'StateDirectoryMode=0700',
    `CacheDirectory=${stateName}`,
    'CacheDirectoryMode=0700',
    `Environment=PHOSOR_DATA_DIR=/var/lib/${stateName}`,
    `Environment=NODE_COMPILE_CACHE=/var/cache/${stateName}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    '# Secrets and settings of your own; the file need not exist.',
    `EnvironmentFile=-/etc/${stateName}/environment`,
    'Restart=on-failure',
    'RestartSec=5',
    'TimeoutStopSec=30',
    'KillMode=mixed',
    'LimitNOFILE=65536',
    'OOMScoreAdjust=-200',
    '',
    'UMask=0077',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'AmbientCapabilities=',
    'ProtectSystem=strict',
    `ProtectHome=${isInHome ? 'read-only' : 'yes'}`,
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectHostname=yes',
    'ProtectKernelTunables=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelLogs=yes',
    'ProtectControlGroups=yes',
    'ProtectProc=invisible',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'RemoveIPC=yes',
    'LockPersonality=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallFilter=~@privileged @resources',
    'SystemCallErrorNumber=EPERM',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ];
  return lines.join('\n');
}

/** A word of a command line, where systemd takes `$` for its own besides. */
const word = (text: string): string => quoted(text.replaceAll('$', '$$$$'));

/** A word of a unit file: systemd takes `%` for its own, and splits at spaces. */
function quoted(text: string): string {
  const plain = text.replaceAll('%', '%%');
  return /[\s"'\\]/.test(plain) ? `"${plain.replace(/["\\]/g, '\\$&')}"` : plain;
}
