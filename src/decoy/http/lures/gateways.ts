import { defineLure } from '../lure.ts';

/** Log-in pages of gateways and mail servers that are attacked from outside. */
export const gateways = defineLure({
  name: 'gateways',
  title: 'VPN gateways and Exchange',
  paths:
    /^\/(?:remote\/(?:login|fgt_lang|hostcheck_validate).*|dana-na\/.*|dana\/.*|vpn\/.*|vpns\/.*|owa\/?.*|ecp\/.*|autodiscover\/.*|global-protect\/.*|ssl-vpn\/.*|\+CSCOE\+\/.*|sslvpn_logon\.shtml|mgmt\/.*|tmui\/.*)$/i,
  attack: 'gateway_probe',
  severity: 'medium',
  answer: (_, site) => ({
    status: 200,
    isDynamic: true,
    type: 'text/html; charset=utf-8',
    headers: [['X-Frame-Options', 'SAMEORIGIN']],
    body: `<!DOCTYPE html>\n<html><head><title>Please Login</title></head><body><form method="post" action="/remote/logincheck"><b>${site.hostname}</b> <input name="username"> <input type="password" name="credential"><button>Login</button></form></body></html>\n`,
  }),
});
