import { wordpressEntry } from '../inside/wordpress.ts';
import { defineLure, phpPage } from '../lure.ts';
import { escaped } from '../style.ts';

/** A blog: log-in, XML-RPC, the list of users, and the files that tell its version. */
export const wordpress = defineLure({
  name: 'wordpress',
  title: 'WordPress',
  paths:
    /^\/(?:[a-z0-9_-]{1,20}\/)?(?:wp-login\.php|wp-admin(?:\/.*)?|xmlrpc\.php|wp-json(?:\/.*)?|wp-content\/.*|wp-includes\/.*|readme\.html|wp-cron\.php)$/i,
  attack: null,
  severity: 'low',
  entry: wordpressEntry,
  answer(request, site) {
    const { path, method, host } = request;
    const noCache = [
      ['Expires', 'Wed, 11 Jan 1984 05:00:00 GMT'],
      ['Cache-Control', 'no-cache, must-revalidate, max-age=0'],
    ] as const;
    if (/wp-login\.php$/i.test(path)) {
      const failed = method === 'POST';
      const user = escaped(/(?:^|&)log=([^&]*)/.exec(request.body)?.[1] ?? '');
      const trouble = failed
        ? `<div id="login_error" class="notice notice-error"><p><strong>Error:</strong> The password you entered for the username <strong>${user}</strong> is incorrect. <a href="http://${escaped(host)}/wp-login.php?action=lostpassword">Lost your password?</a></p></div>`
        : '';
      return phpPage(
        site,
        `<!DOCTYPE html>
<html lang="en-US">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>Log In &lsaquo; ${site.title} &#8212; WordPress</title>
<meta name='robots' content='max-image-preview:large, noindex, noarchive' />
<link rel='stylesheet' id='login-css' href='http://${escaped(host)}/wp-admin/css/login.min.css?ver=${site.wordpress}' media='all' />
<meta name="viewport" content="width=device-width" />
</head>
<body class="login no-js login-action-login wp-core-ui locale-en-us">
<div id="login">
<h1><a href="https://wordpress.org/">Powered by WordPress</a></h1>
${trouble}
<form name="loginform" id="loginform" action="http://${escaped(host)}/wp-login.php" method="post">
<p><label for="user_login">Username or Email Address</label>
<input type="text" name="log" id="user_login" class="input" value="${user}" size="20" autocapitalize="off" autocomplete="username" required="required" /></p>
<div class="user-pass-wrap"><label for="user_pass">Password</label>
<input type="password" name="pwd" id="user_pass" class="input password-input" value="" size="20" autocomplete="current-password" required="required" /></div>
<p class="forgetmenot"><input name="rememberme" type="checkbox" id="rememberme" value="forever" /> <label for="rememberme">Remember Me</label></p>
<p class="submit"><input type="submit" name="wp-submit" id="wp-submit" class="button button-primary button-large" value="Log In" />
<input type="hidden" name="redirect_to" value="http://${escaped(host)}/wp-admin/" /><input type="hidden" name="testcookie" value="1" /></p>
</form>
</div>
</body>
</html>
`,
        {
          headers: [
            ...noCache,
            ['Set-Cookie', 'wordpress_test_cookie=WP%20Cookie%20check; path=/'],
            ['X-Frame-Options', 'SAMEORIGIN'],
          ],
        },
      );
    }
    if (/wp-admin/i.test(path))
      return phpPage(site, '', {
        status: 302,
        headers: [
          ...noCache,
          [
            'Location',
            `http://${host}/wp-login.php?redirect_to=${encodeURIComponent(`http://${host}${path}`)}&reauth=1`,
          ],
        ],
      });
    if (/xmlrpc\.php$/i.test(path)) {
      if (method !== 'POST')
        return phpPage(site, 'XML-RPC server accepts POST requests only.', {
          status: 405,
          type: 'text/plain;charset=UTF-8',
          headers: [['Allow', 'POST']],
        });
      const list = /system\.listMethods/.test(request.body);
      const answer = list
        ? '<params><param><value><array><data><value><string>system.multicall</string></value><value><string>wp.getUsersBlogs</string></value><value><string>pingback.ping</string></value></data></array></value></param></params>'
        : '<fault><value><struct><member><name>faultCode</name><value><int>403</int></value></member><member><name>faultString</name><value><string>Incorrect username or password.</string></value></member></struct></value></fault>';
      return phpPage(site, `<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>\n${answer}\n</methodResponse>\n`, {
        type: 'text/xml; charset=UTF-8',
      });
    }
    if (/wp-json/i.test(path)) {
      const users = /\/users\/?/.test(path);
      const body = users
        ? JSON.stringify([
            {
              id: 1,
              name: site.admin,
              url: '',
              description: '',
              link: `http://${host}/author/${site.admin}/`,
              slug: site.admin,
            },
          ])
        : JSON.stringify({
            name: site.title,
            description: '',
            url: `http://${host}`,
            home: `http://${host}`,
            namespaces: ['oembed/1.0', 'wp/v2', 'wp-site-health/v1'],
          });
      return phpPage(site, body, { type: 'application/json; charset=UTF-8' });
    }
    if (/readme\.html$/i.test(path))
      return {
        status: 200,
        modifiedAt: site.changedAt('readme.html'),
        body: `<!DOCTYPE html>\n<html lang="en">\n<head><title>WordPress &rsaquo; ReadMe</title></head>\n<body>\n<h1 id="logo">WordPress<br /> Version ${site.wordpress}</h1>\n</body>\n</html>\n`,
      };
    if (/wp-cron\.php$/i.test(path)) return phpPage(site, '');
    return null;
  },
});
