import { z } from 'zod';

const port = (title: string, standard: number, env: string) =>
  z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .meta({
      title,
      description: `Setting it switches the decoy on from the start. 0: ${standard}, once it is switched on.`,
      env: [env],
    });

/** Services that look real and are not. */
export const decoys = z.strictObject({
  enabled: z
    .array(z.string().regex(/^[a-z]{2,20}$/, 'the name of a decoy, such as ssh'))
    .max(50)
    .default([])
    .meta({
      title: 'Decoys that are on',
      description: 'Names of decoys: ssh, http, ftp … None is on before somebody switches it on.',
      env: ['PHOSOR_DECOYS'],
      runtime: true,
    }),
  host: z
    .string()
    .min(1)
    .default('0.0.0.0')
    .meta({
      title: 'Decoy address',
      description: 'Address that the decoys listen on.',
      env: ['PHOSOR_DECOY_HOST'],
    }),
  publicAddress: z
    .string()
    .max(64)
    .default('')
    .meta({
      title: 'Public address of the decoys',
      description:
        'The IPv4 address under which strangers reach this machine, for FTP behind a router. Empty: the one they reached.',
      env: ['PHOSOR_DECOY_PUBLIC_ADDRESS'],
    }),
  sshPort: port('SSH decoy: port', 2222, 'PHOSOR_DECOY_SSH_PORT'),
  httpPort: port('HTTP decoy: port', 8080, 'PHOSOR_DECOY_HTTP_PORT'),
  ftpPort: port('FTP decoy: port', 2121, 'PHOSOR_DECOY_FTP_PORT'),
  telnetPort: port('Telnet decoy: port', 2323, 'PHOSOR_DECOY_TELNET_PORT'),
  smtpPort: port('SMTP decoy: port', 2525, 'PHOSOR_DECOY_SMTP_PORT'),
  mysqlPort: port('MySQL decoy: port', 3307, 'PHOSOR_DECOY_MYSQL_PORT'),
  redisPort: port('Redis decoy: port', 6380, 'PHOSOR_DECOY_REDIS_PORT'),
  maxConnections: z
    .int()
    .min(1)
    .max(100_000)
    .default(10_000)
    .meta({
      title: 'Decoys: connections',
      description: 'Connections to all decoys at a time. One more is closed and counted.',
      env: ['PHOSOR_DECOY_MAX_CONNECTIONS'],
      runtime: true,
    }),
  maxConnectionsPerAddress: z
    .int()
    .min(1)
    .max(100_000)
    .default(50)
    .meta({
      title: 'Decoys: connections of one address',
      description: 'Connections of one address to all decoys at a time. One more is closed and counted.',
      env: ['PHOSOR_DECOY_MAX_CONNECTIONS_PER_ADDRESS'],
      runtime: true,
    }),
  filesMaxBytes: z
    .int()
    .min(10_485_760)
    .default(1_073_741_824)
    .meta({
      title: 'Size of files left in decoys (bytes)',
      description:
        'Files and terminal recordings of visitors together. When they take more, those that were not touched for longest go.',
      env: ['PHOSOR_DECOY_FILES_MAX_BYTES'],
      bytes: true,
      runtime: true,
    }),
});
