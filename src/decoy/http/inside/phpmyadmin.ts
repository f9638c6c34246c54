import type { SqlAnswer } from '../../database/database.ts';
import { type Deed, type Entry, type Inside, shownText } from '../entry.ts';
import { type LureRequest, phpPage } from '../lure.ts';
import type { Site } from '../site.ts';

const baseOf = (path: string): string => /^\/[^/]+(?=\/)/.exec(path)?.[0] ?? path.replace(/\/+$/, '');

function resultOf(answer: SqlAnswer, sql: string): string {
  if (answer.kind === 'error')
    return `<div class="alert alert-danger" role="alert"><h1>Error</h1><p><strong>SQL query:</strong></p><pre>${shownText(sql)}</pre><p><strong>MySQL said: </strong></p><code>#${answer.code} - ${shownText(answer.text)}</code></div>`;
  if (answer.kind === 'done')
    return `<div class="alert alert-success" role="alert">${answer.affected > 0 ? `${answer.affected} row affected.` : ' MySQL returned an empty result set (i.e. zero rows).'} (Query took 0.00${(sql.length % 89) + 10} seconds.)</div><pre>${shownText(sql)}</pre>`;
  const cell = (tag: string, text: string | null): string =>
    `<${tag}>${text === null ? '<em>NULL</em>' : shownText(text)}</${tag}>`;
  return `<div class="alert alert-success" role="alert"> Showing rows 0 - ${Math.max(0, answer.rows.length - 1)} (${answer.rows.length} total, Query took 0.00${(sql.length % 89) + 10} seconds.)</div>
<pre>${shownText(sql)}</pre>
<table class="table table-light table-striped table-hover table-sm table_results data ajax w-auto"><thead><tr>${answer.columns.map((name) => cell('th', name)).join('')}</tr></thead>
<tbody>${answer.rows.map((row) => `<tr>${row.map((text) => cell('td', text)).join('')}</tr>`).join('\n')}</tbody></table>`;
}

const page = (site: Site, base: string, body: string): string => `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex,nofollow">
<title>localhost | phpMyAdmin ${site.phpmyadmin}</title>
<link rel="stylesheet" type="text/css" href="${base}/themes/pmahomme/css/theme.css?v=${site.phpmyadmin}">
</head>
<body>
<div id="pma_navigation"><ul id="pma_navigation_tree_content">${site.database.names.map((name) => `<li class="database"><a href="index.php?route=/database/structure&amp;db=${name}">${name}</a></li>`).join('')}</ul></div>
<nav id="server-breadcrumb"><a href="index.php?route=/">Server: localhost:3306</a></nav>
<ul id="topmenu"><li><a href="index.php?route=/server/databases">Databases</a></li><li><a href="index.php?route=/server/sql">SQL</a></li><li><a href="index.php?route=/server/privileges">User accounts</a></li><li><a href="index.php?route=/server/export">Export</a></li><li><a href="index.php?route=/server/import">Import</a></li><li><a href="index.php?route=/logout">Log out</a></li></ul>
<div id="page_content">
${body}
</div>
</body>
</html>
`;

const box = (sql = ''): string =>
  `<form method="post" action="index.php?route=/import" class="ajax lock-page" id="sqlqueryform" name="sqlform" enctype="multipart/form-data"><legend>Run SQL query/queries on server &quot;localhost&quot;:</legend><textarea tabindex="100" name="sql_query" id="sqlquery" cols="40" rows="15">${shownText(sql)}</textarea><input class="btn btn-primary" type="submit" name="SQL" value="Go"></form>`;
const importer =
  '<form method="post" action="index.php?route=/import" enctype="multipart/form-data"><h2>Importing into the current server</h2><label for="input_import_file">Browse your computer:</label> <input type="file" name="import_file" id="input_import_file"> (Max: 2,048KiB)<input class="btn btn-primary" type="submit" value="Import"></form>';

function pageOf(request: LureRequest, site: Site, guest: { user: string }): Inside {
  const base = baseOf(request.path);
  const route = request.value('route') ?? '/';
  const sql = request.value('sql_query');
  const current = request.value('db') ?? '';
  if (route === '/logout' || request.value('logout') !== undefined)
    return {
      leaves: true,
      reply: phpPage(site, '', { status: 302, headers: [['Location', `${base}/index.php?route=/`]] }),
    };
  if (sql !== undefined && sql.trim() !== '') {
    // phpMyAdmin takes them apart itself; a semicolon in a text is rare enough.
    const statements = sql
      .split(/;[ \t]*(?:\n|$)/)
      .filter((each) => each.trim() !== '')
      .slice(0, 50);
    const results = statements.map((each) =>
      resultOf(site.database.answer(each, `${guest.user}@localhost`, current), each),
    );
    const deeds: Deed[] = statements.map((text) => ({ mode: 'sql', text, fields: { database: current || null } }));
    const body = results.join('\n');
    if (request.value('ajax_request') !== undefined)
      return {
        deeds,
        reply: phpPage(site, JSON.stringify({ success: !/alert-danger/.test(body), message: body }), {
          type: 'application/json; charset=utf-8',
        }),
      };
    return { deeds, reply: phpPage(site, page(site, base, `${body}\n${box(sql)}`)) };
  }
  const title = /import/.test(route)
    ? importer
    : /sql/.test(route)
      ? box()
      : /structure|databases/.test(route)
        ? resultOf(
            site.database.answer(current === '' ? 'SHOW DATABASES' : 'SHOW TABLES', 'root@localhost', current),
            '',
          )
        : /privileges/.test(route)
          ? resultOf(site.database.answer('SELECT Host,User,Password FROM mysql.user', 'root@localhost', ''), '')
          : `<div class="card"><div class="card-header">Database server</div><ul><li>Server: Localhost via UNIX socket</li><li>Server type: MariaDB</li><li>Server version: ${site.database.version} - Debian 12</li><li>Protocol version: 10</li><li>User: ${shownText(guest.user)}@localhost</li></ul></div><div class="card"><div class="card-header">Web server</div><ul><li>${site.software === 'nginx' ? `nginx/${site.softwareVersion}` : `Apache/${site.softwareVersion} (Debian)`}</li><li>PHP extension: mysqli curl mbstring</li><li>PHP version: ${site.php}</li></ul></div><div class="card"><div class="card-header">phpMyAdmin</div><ul><li>Version information: ${site.phpmyadmin}</li></ul></div>`;
  const deeds: Deed[] = request.method === 'POST' ? [{ mode: 'form', text: `${request.method} ${route}` }] : [];
  return { deeds, reply: phpPage(site, page(site, base, title)) };
}

/** The database's front end: what is typed into its SQL box is told, and answered as a small database would. */
export const phpmyadminEntry: Entry = {
  logins: (request) => {
    const user = request.value('pma_username');
    return user === undefined ? [] : [{ user, password: request.value('pma_password') ?? '', method: 'form' }];
  },
  welcome: (request, site, guest) => {
    const base = baseOf(request.path);
    return phpPage(site, '', {
      status: 302,
      headers: [
        ['Set-Cookie', `phpMyAdmin=${guest.token}; path=${base}/; HttpOnly; SameSite=Strict`],
        [
          'Set-Cookie',
          `pmaUser-1=${site.secret(`pma ${guest.user.slice(0, 40)}`, 32)}%3D%3D; path=${base}/; HttpOnly; SameSite=Strict`,
        ],
        ['Location', `${base}/index.php?route=/`],
      ],
    });
  },
  inside: pageOf,
};
