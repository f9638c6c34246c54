import { type Deed, type Entry, type Inside, shownText } from '../entry.ts';
import { type LureRequest, phpPage } from '../lure.ts';
import { signOf } from '../signs.ts';
import type { Site } from '../site.ts';
import type { Reply } from '../style.ts';

const pageOf = (site: Site, user: string, title: string, body: string): Reply =>
  phpPage(
    site,
    `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${site.title} &ndash; ${title}</title></head>
<body>
<nav><a href="/admin">Overview</a> <a href="/admin/customers">Customers</a> <a href="/admin/files">Files</a> <a href="/admin/settings">Settings</a> <a href="/admin/logout">Sign out (${shownText(user)})</a></nav>
<h1>${title}</h1>
${body}
</body>
</html>
`,
  );

function inside(request: LureRequest, site: Site, { user }: { user: string }): Inside | null {
  const place = request.path
    .replace(/^\/[^/]+/, '')
    .replace(/\/+$/, '')
    .toLowerCase();
  const deeds: Deed[] =
    request.method === 'POST' ? [{ mode: 'form', text: `${request.path} ${request.fileName() ?? ''}`.trim() }] : [];
  const show = (title: string, body: string): Inside => ({ deeds, reply: pageOf(site, user, title, body) });
  if (/logout|signout/.test(request.path))
    return { leaves: true, reply: phpPage(site, '', { status: 302, headers: [['Location', '/login']] }) };
  if (/customers/.test(place)) {
    const asked = request.value('q') ?? request.value('id');
    if (asked !== undefined) deeds.push({ mode: 'search', text: asked });
    const [name = ''] = site.database.names
      .filter((each) => !/^(?:information_schema|mysql|performance_schema|sys)$/.test(each))
      .filter((each) => {
        const answer = site.database.answer('SELECT * FROM customers', 'root@localhost', each);
        return answer.kind === 'rows';
      });
    const answer = site.database.answer('SELECT id,name,email,created FROM customers', 'root@localhost', name);
    const rows =
      answer.kind === 'rows'
        ? answer.rows.map((row) => `<tr>${row.map((cell) => `<td>${shownText(cell ?? '')}</td>`).join('')}</tr>`)
        : [];
    return show(
      'Customers',
      `<form><input name="q" placeholder="Search" value="${shownText(asked ?? '')}"></form><table>${rows.join('\n')}</table>`,
    );
  }
  if (/files|upload/.test(place)) {
    const name = request.fileName();
    return show(
      'Files',
      `${name === undefined ? '' : `<p>${shownText(name)} was uploaded.</p>`}<form method="post" enctype="multipart/form-data"><input type="file" name="file"><button>Upload</button></form>`,
    );
  }
  if (/settings/.test(place))
    return show(
      'Settings',
      '<form method="post"><input name="company"><input name="smtp_host"><button>Save</button></form>',
    );
  return place === '' || /index|login|dashboard/.test(place)
    ? show('Overview', `<p>Open orders: ${site.secret('orders', 2, '123456789')}</p>`)
    : null;
}

/** The firm's own administration: customers, files, settings. */
export const portalEntry: Entry = {
  logins: (request) => {
    const user = request.value('username') ?? request.value('user') ?? request.value('email');
    const password = request.value('password');
    // An injection is turned away, and whoever tries one is let in by nothing.
    if (request.method !== 'POST' || user === undefined || password === undefined || signOf(request.body) !== null)
      return [];
    return [{ user, password, method: 'form' }];
  },
  welcome: (request, site, guest) =>
    phpPage(site, '', {
      status: 302,
      headers: [
        ['Set-Cookie', `PHPSESSID=${guest.token}; path=/; HttpOnly`],
        ['Location', /^\/admin/i.test(request.path) ? '/admin' : '/login'],
      ],
    }),
  inside,
};
