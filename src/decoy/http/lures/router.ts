import { routerEntry } from '../inside/router.ts';
import { defineLure } from '../lure.ts';

/** The pages of a small router: HTTP authentication with its model's name. */
export const router = defineLure({
  name: 'router',
  title: 'Router log-in',
  paths:
    /^\/(?:cgi-bin\/luci.*|login\.(?:cgi|asp|htm|html)|userRpm\/.*|incoming\/Firmware\.htm|webfig\/?.*|start\.htm|Main_Login\.asp|admin\/login\.asp|cgi-bin\/(?:login|webproc|main)\.?\w*)$/i,
  attack: null,
  severity: 'low',
  entry: routerEntry,
  answer: ({ header }, site) => ({
    status: 401,
    isDynamic: true,
    headers: [['WWW-Authenticate', `Basic realm="${site.router.brand} ${site.router.model}"`]],
    body: `<HTML><HEAD><TITLE>401 Unauthorized</TITLE></HEAD>\n<BODY BGCOLOR="#ffffff"><H4>401 Unauthorized</H4>\n${header('authorization') === '' ? 'Authorization required.' : 'Wrong user name or password.'} ${site.router.model} firmware ${site.router.firmware}\n</BODY></HTML>\n`,
  }),
});
