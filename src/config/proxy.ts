import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const isRange = (text: string): boolean => ipaddr.isValid(text) || ipaddr.isValidCIDR(text);

/** What stands in front of Phosor. */
export const proxy = z.strictObject({
  trusted: z
    .array(z.string().refine(isRange, 'this is no address and no range: write 192.0.2.10 or 10.0.0.0/8'))
    .default([])
    .meta({
      title: 'Trusted proxies',
      description:
        'Addresses and ranges of reverse proxies whose X-Forwarded-For, -Proto and -Host are believed. Empty: nobody is.',
      env: ['PHOSOR_TRUSTED_PROXIES'],
    }),
});
