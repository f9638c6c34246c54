import { z } from 'zod';

/** How alerts become incidents. */
export const incidents = z.strictObject({
  windowMinutes: z.int().min(1).max(10_080).default(120).meta({
    title: 'Window of incidents (minutes)',
    description:
      'Alerts that share an address, an account or a user belong to one incident while no gap between them is longer than this.',
    runtime: true,
  }),
  maxHours: z.int().min(1).max(8760).default(24).meta({
    title: 'Length of an incident (hours)',
    description:
      'What goes on for longer becomes a new incident, which names the one before: an address that attacks every day does not keep one open for ever.',
    runtime: true,
  }),
  ignore: z.array(z.string().min(1).max(200)).max(1000).default([]).meta({
    title: 'What ties no alerts together',
    description:
      'Addresses, networks (10.0.0.0/8), user:name or host:name that appear in everything, such as a proxy, a scanner of your own or a backup account. Their alerts are still raised.',
    runtime: true,
  }),
});
