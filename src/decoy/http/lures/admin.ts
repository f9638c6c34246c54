import { portalEntry } from '../inside/portal.ts';
import { defineLure, phpPage } from '../lure.ts';
import { signOf } from '../signs.ts';
import { escaped } from '../style.ts';

/** A log-in page of the firm's own. Whoever tries SQL injection at it is turned away. */
export const admin = defineLure({
  name: 'admin',
  title: 'Administration log-in',
  paths:
    /^\/(?:admin(?:istrator)?|login|signin|user\/login|forgot-password|admin\/(?:login|index|customers|files|upload|settings|dashboard|logout)|administrator\/index)(?:\.php|\.html)?\/?$/i,
  attack: null,
  severity: 'low',
  entry: portalEntry,
  answer({ path, method, body, query }, site) {
    const sign = signOf(`${query}\n${body}`);
    if (sign?.name === 'sqli_attempt') return { status: 403 };
    const isForgotten = /forgot/i.test(path);
    const told =
      method === 'POST'
        ? `<p class="error">${isForgotten ? 'If the account exists, a message was sent.' : 'Invalid user name or password.'}</p>`
        : '';
    const fields = isForgotten
      ? '<input type="email" name="email" placeholder="E-mail">'
      : '<input type="text" name="username" placeholder="User name" autofocus>\n<input type="password" name="password" placeholder="Password">';
    return phpPage(
      site,
      `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${site.title} – ${isForgotten ? 'Password' : 'Sign in'}</title></head>
<body>
<h1>${site.title}</h1>
${told}
<form method="post" action="${escaped(path)}">
${fields}
<button type="submit">${isForgotten ? 'Send' : 'Sign in'}</button>
</form>
<p><a href="/forgot-password">Forgot your password?</a></p>
</body>
</html>
`.replaceAll('–', '&ndash;'),
      {
        headers: [
          [
            'Set-Cookie',
            `PHPSESSID=${site.secret(`session ${path}`, 26, 'abcdefghijklmnopqrstuvwxyz0123456789')}; path=/`,
          ],
        ],
      },
    );
  },
});
