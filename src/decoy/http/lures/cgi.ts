import { defineLure } from '../lure.ts';

/** Scripts behind `/cgi-bin/`, for Shellshock and traversal. */
export const cgiScripts = defineLure({
  name: 'cgi-scripts',
  title: 'CGI scripts',
  paths: /^\/cgi-(?:bin|sys|mod)\/.*$/i,
  attack: 'cgi_probe',
  severity: 'medium',
  answer: ({ path }) =>
    /\.(?:cgi|sh|pl)$/i.test(path) ? { status: 200, isDynamic: true, type: 'text/plain', body: '\n' } : { status: 403 },
});
