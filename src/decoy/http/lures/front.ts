import { routerEntry } from '../inside/router.ts';
import { defineLure, file, phpPage } from '../lure.ts';

/** What stands at the top, by the persona. */
export const front = defineLure({
  name: 'front',
  title: 'Front page',
  paths: /^\/(?:index\.(?:php|html?))?$/i,
  attack: null,
  severity: 'info',
  entry: (site) => (site.front === 'router' ? routerEntry : null),
  answer({ path, host }, site) {
    const isPhp = site.front === 'blog' || site.front === 'portal';
    if (/php$/.test(path) && !isPhp) return null;
    if (site.front === 'router')
      return {
        status: 401,
        isDynamic: true,
        headers: [['WWW-Authenticate', `Basic realm="${site.router.brand} ${site.router.model}"`]],
        body: '<HTML><HEAD><TITLE>401 Unauthorized</TITLE></HEAD><BODY><H4>401 Unauthorized</H4></BODY></HTML>\n',
      };
    if (site.front === 'server')
      return file(
        site,
        'index.html',
        'text/html',
        site.software === 'nginx'
          ? '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>The server runs. Pages are yet to come.</p>\n</body>\n</html>\n'
          : '<!DOCTYPE html>\n<html>\n<head>\n<title>Apache2 Debian Default Page: It works</title>\n</head>\n<body>\n<h1>It works!</h1>\n</body>\n</html>\n',
      );
    if (site.front === 'portal')
      return phpPage(
        site,
        `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>${site.title}</title></head><body><h1>${site.title}</h1><p><a href="/login">Sign in</a></p></body></html>\n`,
      );
    return phpPage(
      site,
      `<!DOCTYPE html>
<html lang="en-US">
<head>
<meta charset="UTF-8" />
<title>${site.title}</title>
<link rel='stylesheet' href='http://${host}/wp-content/themes/${site.wordpressTheme}/style.css?ver=${site.wordpress}' media='all' />
<link rel="https://api.w.org/" href="http://${host}/wp-json/" />
<meta name="generator" content="WordPress ${site.wordpress}" />
</head>
<body class="home blog wp-embed-responsive">
<header><h1 class="site-title"><a href="http://${host}/" rel="home">${site.title}</a></h1></header>
<main id="main"><article><h2>News</h2><p>We are moving to a new site.</p></article></main>
</body>
</html>
`,
      { headers: [['Link', `<http://${host}/wp-json/>; rel="https://api.w.org/"`]] },
    );
  },
});
