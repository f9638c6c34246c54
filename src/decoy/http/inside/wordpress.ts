import { type Deed, type Entry, type Inside, type Login, shownText } from '../entry.ts';
import { type LureRequest, phpPage } from '../lure.ts';
import type { Site } from '../site.ts';
import { escaped } from '../style.ts';

const noCache = [
  ['Expires', 'Wed, 11 Jan 1984 05:00:00 GMT'],
  ['Cache-Control', 'no-cache, must-revalidate, max-age=0, no-store, private'],
] as const;

/** Where the blog lies: `/blog` or nothing. */
const baseOf = (path: string): string => /^(\/[a-z0-9_-]{1,20})?(?=\/(?:wp-|xmlrpc))/i.exec(path)?.[0] ?? '';

const menu: readonly (readonly [string, string])[] = [
  ['index.php', 'Dashboard'],
  ['edit.php', 'Posts'],
  ['upload.php', 'Media'],
  ['edit.php?post_type=page', 'Pages'],
  ['themes.php', 'Appearance'],
  ['theme-editor.php', 'Theme File Editor'],
  ['plugins.php', 'Plugins'],
  ['plugin-editor.php', 'Plugin File Editor'],
  ['users.php', 'Users'],
  ['tools.php', 'Tools'],
  ['options-general.php', 'Settings'],
];

function frame(site: Site, user: string, title: string, body: string): string {
  return `<!DOCTYPE html>
<html class="wp-toolbar" lang="en-US">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
<title>${title} &lsaquo; ${site.title} &#8212; WordPress</title>
<script>var ajaxurl = '/wp-admin/admin-ajax.php', pagenow = 'admin', userSettings = {"url":"/","uid":"1","secure":""};</script>
<link rel='stylesheet' href='load-styles.php?c=0&amp;dir=ltr&amp;load=dashicons,admin-bar,common,forms,admin-menu,dashboard&amp;ver=${site.wordpress}' media='all' />
</head>
<body class="wp-admin wp-core-ui no-js admin-bar locale-en-us">
<div id="wpwrap">
<div id="adminmenumain"><ul id="adminmenu">${menu.map(([file, name]) => `<li class="wp-has-submenu menu-top"><a href="${file}" class="menu-top">${name}</a></li>`).join('')}</ul></div>
<div id="wpcontent"><div id="wpadminbar"><ul><li id="wp-admin-bar-my-account"><a class="ab-item" href="profile.php">Howdy, <span class="display-name">${shownText(user)}</span></a></li><li id="wp-admin-bar-logout"><a href="../wp-login.php?action=logout&amp;_wpnonce=${site.secret('nonce logout', 10, '0123456789abcdef')}">Log Out</a></li></ul></div>
<div id="wpbody"><div class="wrap"><h1 class="wp-heading-inline">${title}</h1>
${body}
</div></div>
<div id="wpfooter"><p id="footer-upgrade" class="alignright">Version ${site.wordpress}</p></div>
</div></div>
</body>
</html>
`;
}

const nonce = (site: Site, name: string): string =>
  `<input type="hidden" id="_wpnonce" name="_wpnonce" value="${site.secret(`nonce ${name}`, 10, '0123456789abcdef')}" />`;

/** A file of the imitated theme or plugin, for the editors. */
const sourceOf = (site: Site, file: string): string =>
  file.endsWith('.css')
    ? `/*\nTheme Name: ${site.wordpressTheme}\nVersion: 1.${site.secret('theme', 1, '123456789')}\n*/\n`
    : `<?php\n/**\n * ${escaped(file)}\n *\n * @package ${site.wordpressTheme}\n */\n\nget_header();\n?>\n<main id="primary" class="site-main"></main>\n<?php\nget_footer();\n`;

function editor(request: LureRequest, site: Site, user: string, what: 'theme' | 'plugin'): Inside {
  const name = request.value(what) ?? (what === 'theme' ? site.wordpressTheme : 'akismet/akismet.php');
  const file = request.value('file') ?? (what === 'theme' ? '404.php' : name);
  const content = request.value('newcontent');
  const place = `wp-content/${what}s/${what === 'theme' ? `${name}/` : ''}${file}`.slice(0, 300);
  const form = `<form name="template" id="template" action="${what}-editor.php" method="post">${nonce(site, `edit-${what}`)}<textarea cols="70" rows="25" name="newcontent" id="newcontent">${shownText(content ?? sourceOf(site, file))}</textarea><input type="hidden" name="action" value="update" /><input type="hidden" name="file" value="${shownText(file)}" /><input type="hidden" name="${what}" value="${shownText(name)}" /><input type="submit" name="submit" id="submit" class="button button-primary" value="Update File" /></form>`;
  const title = what === 'theme' ? 'Edit Themes' : 'Edit Plugins';
  if (content === undefined) return { reply: phpPage(site, frame(site, user, title, form), { headers: noCache }) };
  const told = '<div id="message" class="notice notice-success is-dismissible"><p>File edited successfully.</p></div>';
  const reply = /admin-ajax/.test(request.path)
    ? phpPage(site, '{"success":true,"data":{"message":"File edited successfully."}}', {
        type: 'application/json; charset=UTF-8',
      })
    : phpPage(site, frame(site, user, title, told + form), { headers: noCache });
  return {
    reply,
    deeds: [{ mode: 'edit', text: content, fields: { file_name: place } }],
    files: [{ name: place, content: Buffer.from(content, 'utf8').toString('latin1') }],
  };
}

/** Uploads of plugins, themes and media. The files themselves are taken from the form. */
function upload(request: LureRequest, site: Site, user: string): Inside | null {
  if (request.method !== 'POST') return null;
  const name = (request.fileName() ?? 'file').slice(0, 200);
  const slug = name.replace(/\.zip$/i, '');
  const deeds: Deed[] = [{ mode: 'upload', text: name, fields: { file_name: name } }];
  if (/async-upload|media-new/i.test(request.path))
    return { deeds, reply: phpPage(site, site.secret(`attachment ${slug}`, 3, '123456789')) };
  const what = /theme/i.test(request.query) ? 'theme' : 'plugin';
  const body = `<p>Unpacking the package&#8230;</p><p>Installing the ${what}&#8230;</p><p>${what === 'theme' ? 'Theme' : 'Plugin'} installed successfully.</p><p><a class="button button-primary" href="plugins.php?action=activate&amp;plugin=${shownText(slug)}%2F${shownText(slug)}.php">Activate ${what === 'theme' ? 'Theme' : 'Plugin'}</a></p>`;
  return {
    deeds,
    reply: phpPage(site, frame(site, user, `Installing ${what} from uploaded file: ${shownText(name)}`, body), {
      headers: noCache,
    }),
  };
}

function inside(request: LureRequest, site: Site, { user }: { user: string }): Inside | null {
  const base = baseOf(request.path);
  if (/wp-login\.php$/i.test(request.path)) {
    if (!/action=logout/.test(request.query)) return null;
    return {
      leaves: true,
      reply: phpPage(site, '', {
        status: 302,
        headers: [...noCache, ['Location', `${base}/wp-login.php?loggedout=true`]],
      }),
    };
  }
  const file = /\/wp-admin\/(?:network\/|user\/)?([a-z0-9-]{0,40}(?:\.php)?)$/i.exec(request.path)?.[1]?.toLowerCase();
  if (file === undefined) return null;
  const show = (title: string, body: string, deeds: readonly Deed[] = []): Inside => ({
    deeds,
    reply: phpPage(site, frame(site, user, title, body), { headers: noCache }),
  });
  const changed: Deed[] =
    request.method === 'POST' ? [{ mode: 'form', text: `${file} ${request.value('action') ?? ''}`.trim() }] : [];
  switch (file) {
    case '':
    case 'index.php':
      return show(
        'Dashboard',
        `<div id="dashboard-widgets-wrap"><div id="dashboard_right_now" class="postbox"><h2 class="hndle">At a Glance</h2><div class="inside"><ul><li class="post-count"><a href="edit.php">${site.secret('posts', 2, '123456789')} Posts</a></li><li class="page-count"><a href="edit.php?post_type=page">${site.secret('pages', 1, '3456789')} Pages</a></li></ul><p id="wp-version-message">WordPress ${site.wordpress} running <a href="themes.php">${site.wordpressTheme}</a> theme.</p></div></div></div>`,
        changed,
      );
    case 'theme-editor.php':
      return editor(request, site, user, 'theme');
    case 'plugin-editor.php':
      return editor(request, site, user, 'plugin');
    case 'admin-ajax.php':
      if (request.value('newcontent') !== undefined)
        return editor(request, site, user, request.value('plugin') === undefined ? 'theme' : 'plugin');
      return {
        deeds: [{ mode: 'ajax', text: request.value('action') ?? '' }],
        reply: phpPage(site, '0', { status: request.value('action') === undefined ? 400 : 200 }),
      };
    case 'update.php':
    case 'async-upload.php':
      return upload(request, site, user);
    case 'media-new.php':
      return (
        upload(request, site, user) ??
        show(
          'Upload New Media',
          `<form enctype="multipart/form-data" method="post" action="media-new.php" id="file-form">${nonce(site, 'media')}<input type="file" name="async-upload" /><input type="submit" value="Upload" /></form>`,
        )
      );
    case 'plugin-install.php':
    case 'theme-install.php': {
      const what = file.slice(0, file.indexOf('-'));
      return show(
        what === 'plugin' ? 'Add Plugins' : 'Add Themes',
        `<div class="upload-${what}"><p class="install-help">If you have a ${what} in a .zip format, you may install or update it by uploading it here.</p><form method="post" enctype="multipart/form-data" class="wp-upload-form" action="update.php?action=upload-${what}">${nonce(site, `upload-${what}`)}<input type="file" id="${what}zip" name="${what}zip" accept=".zip" /><input type="submit" name="install-${what}-submit" class="button" value="Install Now" /></form></div>`,
      );
    }
    case 'plugins.php':
      return show(
        'Plugins',
        `<a href="plugin-install.php" class="page-title-action">Add New Plugin</a><table class="wp-list-table widefat plugins"><tbody><tr class="active" data-slug="akismet"><td><strong>Akismet Anti-spam: Spam Protection</strong></td><td>Version 5.${site.secret('akismet', 1, '0123')}</td></tr><tr class="active" data-slug="contact-form-7"><td><strong>Contact Form 7</strong></td><td>Version 5.${site.secret('cf7', 1, '6789')}</td></tr></tbody></table>`,
        request.query === '' ? changed : [{ mode: 'form', text: `plugins.php ${request.query.slice(0, 500)}` }],
      );
    case 'users.php':
      return show(
        'Users',
        `<a href="user-new.php" class="page-title-action">Add New User</a><table class="wp-list-table widefat users"><tbody><tr><td class="username"><strong><a href="user-edit.php?user_id=1">${site.admin}</a></strong></td><td class="role">Administrator</td></tr></tbody></table>`,
        changed,
      );
    case 'user-new.php': {
      const name = request.value('user_login');
      if (name === undefined)
        return show(
          'Add New User',
          `<form method="post" name="createuser" id="createuser">${nonce(site, 'create-user')}<input type="hidden" name="action" value="createuser" /><input name="user_login" type="text" id="user_login" /><input name="email" type="email" id="email" /><input type="password" name="pass1" id="pass1" /><select name="role" id="role"><option value="subscriber">Subscriber</option><option value="administrator">Administrator</option></select><input type="submit" name="createuser" value="Add New User" /></form>`,
        );
      const fields = { target_user: name, role: request.value('role') ?? null, password: request.value('pass1') ?? '' };
      return show('Users', '<div id="message" class="updated notice is-dismissible"><p>New user created.</p></div>', [
        { mode: 'account', text: `create user ${name}`, fields },
      ]);
    }
    default: {
      const title = menu.find(([each]) => each === file)?.[1];
      if (
        title !== undefined ||
        /^(?:profile|post-new|export|import|update-core|options[a-z-]*|site-health|nav-menus|widgets)\.php$/.test(file)
      )
        return show(
          title ?? 'Settings',
          `<form method="post" action="${file}">${nonce(site, file)}<p class="submit"><input type="submit" name="submit" class="button button-primary" value="Save Changes" /></p></form>`,
          changed,
        );
      return null;
    }
  }
}

/** Names and passwords in XML-RPC calls: `wp.getUsersBlogs` and its like, also many in one `system.multicall`. */
function xmlLogins(body: string): Login[] {
  const found: Login[] = [];
  const values = [...body.slice(0, 65_536).matchAll(/<string>([^<]{0,256})<\/string>/g)].map(([, text]) =>
    plainXml(text ?? ''),
  );
  const method = /<methodName>\s*([\w.]+)\s*<\/methodName>/.exec(body)?.[1] ?? '';
  const named = /^(?:wp|metaWeblog|blogger|mt)\.(?!demo)/;
  if (method === 'system.multicall') {
    for (let at = 0; at + 2 < values.length && found.length < 50; at += 1)
      if (named.test(values[at] ?? ''))
        found.push({ user: values[at + 1] ?? '', password: values[at + 2] ?? '', method: 'xmlrpc' });
  } else if (named.test(method) && values.length >= 2) {
    const [user = '', password = ''] = values.slice(-2);
    found.push({ user, password, method: 'xmlrpc' });
  }
  return found;
}
const plainXml = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

const blogs = (site: Site, host: string): string =>
  `<array><data><value><struct><member><name>isAdmin</name><value><boolean>1</boolean></value></member><member><name>url</name><value><string>http://${escaped(host)}/</string></value></member><member><name>blogid</name><value><string>1</string></value></member><member><name>blogName</name><value><string>${site.title}</string></value></member><member><name>xmlrpc</name><value><string>http://${escaped(host)}/xmlrpc.php</string></value></member></struct></value></data></array>`;
const fault =
  '<struct><member><name>faultCode</name><value><int>403</int></value></member><member><name>faultString</name><value><string>Incorrect username or password.</string></value></member></struct>';

export const wordpressEntry: Entry = {
  logins(request) {
    if (request.method !== 'POST') return [];
    if (/xmlrpc\.php$/i.test(request.path)) return xmlLogins(request.raw.body);
    const user = request.value('log');
    if (!/wp-login\.php$/i.test(request.path) || user === undefined) return [];
    return [{ user, password: request.value('pwd') ?? '', method: 'form' }];
  },
  welcome(request, site, guest, admitted) {
    const { host, path } = request;
    if (/xmlrpc\.php$/i.test(path)) {
      const each = (isIn: boolean): string => (isIn ? blogs(site, host) : fault);
      const answer =
        admitted.length > 1 || /system\.multicall/.test(request.raw.body)
          ? `<array><data>${admitted.map((isIn) => `<value>${isIn ? `<array><data><value>${each(true)}</value></data></array>` : fault}</value>`).join('')}</data></array>`
          : blogs(site, host);
      return phpPage(
        site,
        `<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>\n<params><param><value>${answer}</value></param></params>\n</methodResponse>\n`,
        {
          type: 'text/xml; charset=UTF-8',
        },
      );
    }
    const base = baseOf(path);
    const name = encodeURIComponent(guest.user.slice(0, 60));
    const value = `${name}%7C${Math.floor(site.changedAt('cookie') / 1000) + 31_536_000}%7C${guest.token}`;
    const id = site.secret('cookiehash', 32, '0123456789abcdef');
    return phpPage(site, '', {
      status: 302,
      headers: [
        ...noCache,
        ['Set-Cookie', 'wordpress_test_cookie=WP%20Cookie%20check; path=/'],
        ['Set-Cookie', `wordpress_${id}=${value}; path=${base}/wp-content/plugins; HttpOnly`],
        ['Set-Cookie', `wordpress_${id}=${value}; path=${base}/wp-admin; HttpOnly`],
        ['Set-Cookie', `wordpress_logged_in_${id}=${value}; path=${base}/; HttpOnly`],
        ['X-Redirect-By', 'WordPress'],
        ['Location', `http://${host}${base}/wp-admin/`],
      ],
    });
  },
  inside,
};
