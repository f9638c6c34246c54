import { defineLure, file } from '../lure.ts';

/** Names a folder that nothing else leads to: bait. */
export const robots = defineLure({
  name: 'robots',
  title: 'robots.txt',
  paths: /^\/robots\.txt$/,
  attack: null,
  severity: 'info',
  answer: (_, site) =>
    file(
      site,
      'robots.txt',
      'text/plain',
      `User-agent: *\nDisallow: /wp-admin/\nDisallow: ${site.bait.paths[0]?.path}\n`,
    ),
});
