import { phpmyadminEntry } from '../inside/phpmyadmin.ts';
import { defineLure, phpPage } from '../lure.ts';
import { escaped } from '../style.ts';

export const phpmyadmin = defineLure({
  name: 'phpmyadmin',
  title: 'phpMyAdmin',
  paths:
    /^\/(?:phpmyadmin|pma|phpma|myadmin|mysql|dbadmin|sqladmin|php-my-admin|phpmyadmin\d?|db)(?:[\d.-]{0,10})(?:\/(?:(?:index|import|sql|db_sql|server_sql|tbl_sql|db_structure|logout)\.php|scripts\/setup\.php|setup\/.*)?)?$/i,
  attack: null,
  severity: 'low',
  entry: phpmyadminEntry,
  answer({ path, method, body }, site) {
    if (/setup/i.test(path)) return { status: 403 };
    const user = escaped(/(?:^|&)pma_username=([^&]*)/.exec(body)?.[1] ?? '');
    const trouble =
      method === 'POST'
        ? `<div class="alert alert-danger" role="alert">mysqli::real_connect(): (HY000/1045): Access denied for user '${user}'@'localhost' (using password: YES)</div>`
        : '';
    return phpPage(
      site,
      `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex,nofollow">
<title>phpMyAdmin</title>
<link rel="stylesheet" type="text/css" href="./themes/pmahomme/css/theme.css?v=${site.phpmyadmin}&amp;nocache=${site.secret('nocache', 10, '0123456789')}ltr">
</head>
<body id="loginform">
<div class="container"><a href="./url.php?url=https%3A%2F%2Fwww.phpmyadmin.net%2F" class="logo"><img src="./themes/pmahomme/img/logo_right.png" id="imLogo" name="imLogo" alt="phpMyAdmin"></a>
<h1>Welcome to <bdo dir="ltr" lang="en">phpMyAdmin</bdo></h1>
${trouble}
<form method="post" id="login_form" action="index.php?route=/" name="login_form" class="disableAjax hide js-show">
<input type="hidden" name="set_session" value="${site.secret('session', 26, 'abcdefghijklmnopqrstuvwxyz0123456789')}">
<label for="input_username">Username:</label> <input type="text" name="pma_username" id="input_username" value="${user}" size="24" class="textfield" autocomplete="username">
<label for="input_password">Password:</label> <input type="password" name="pma_password" id="input_password" value="" size="24" class="textfield" autocomplete="current-password">
<input type="hidden" name="server" value="1">
<input class="btn btn-primary" value="Log in" type="submit" id="input_go">
</form></div>
</body>
</html>
`,
      {
        headers: [
          ['Set-Cookie', 'pma_lang=en; path=/phpmyadmin/; HttpOnly'],
          ['X-ob_mode', '1'],
          ['X-Frame-Options', 'DENY'],
          ['Referrer-Policy', 'no-referrer'],
        ],
      },
    );
  },
});
