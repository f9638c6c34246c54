import { jenkinsEntry } from '../inside/jenkins.ts';
import { defineLure } from '../lure.ts';
import { escaped } from '../style.ts';

export const jenkins = defineLure({
  name: 'jenkins',
  title: 'Jenkins',
  paths:
    /^\/(?:jenkins(?:\/.*)?|j_(?:acegi|spring)_security_check|securityRealm\/.*|script(?:Text)?|crumbIssuer\/.*|manage(?:\/(?:script|pluginManager|configure|credentials).*)?|pluginManager\/.*|createItem|computer\/?.*|whoAmI.*|job\/.*|asynchPeople\/?|view\/all\/newJob|cli)$/i,
  attack: null,
  severity: 'low',
  entry: jenkinsEntry,
  answer({ path, method, host }, site) {
    const headers = [
      ['X-Content-Type-Options', 'nosniff'],
      ['X-Hudson', '1.395'],
      ['X-Jenkins', site.jenkins],
      ['X-Jenkins-Session', site.secret('jenkins', 8, '0123456789abcdef')],
    ] as const;
    const prefix = path.startsWith('/jenkins') ? '/jenkins' : '';
    if (method === 'POST' && /security_check$/i.test(path))
      return {
        status: 302,
        isDynamic: true,
        headers: [...headers, ['Location', `http://${host}${prefix}/loginError`]],
      };
    if (!/\/(?:login|loginError)$/i.test(path))
      return {
        status: 403,
        isDynamic: true,
        type: 'text/html;charset=utf-8',
        headers,
        body: `<html><head><meta http-equiv='refresh' content='1;url=${prefix}/login?from=${escaped(encodeURIComponent(path))}'/><script id='redirect' data-redirect-url='${prefix}/login?from=${escaped(encodeURIComponent(path))}'></script></head><body style='background-color:white; color:white;'>\nAuthentication required\n</body></html>\n`,
      };
    return {
      status: 200,
      isDynamic: true,
      type: 'text/html;charset=utf-8',
      headers,
      body: `<!DOCTYPE html>
<html lang="en"><head data-rooturl="${prefix}"><title>Sign in [Jenkins]</title><meta name="ROBOTS" content="NOFOLLOW"></head>
<body class="app-sign-in-register"><main class="app-sign-in-register__content"><h1>Sign in to Jenkins</h1>
${/loginError$/i.test(path) ? '<div class="app-sign-in-register__error">Invalid username or password</div>' : ''}
<form method="post" name="login" action="j_spring_security_check"><label for="j_username">Username</label><input autocorrect="off" id="j_username" name="j_username" type="text">
<label for="j_password">Password</label><input id="j_password" name="j_password" type="password"><input name="from" type="hidden" value="${prefix}/"><button type="submit" name="Submit">Sign in</button></form></main></body></html>
`,
    };
  },
});
