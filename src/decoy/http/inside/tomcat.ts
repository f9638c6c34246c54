import { basicLogins, type Deed, type Entry, type Inside, shownText } from '../entry.ts';
import type { LureRequest } from '../lure.ts';
import type { Site } from '../site.ts';
import type { Reply } from '../style.ts';

const pageOf = (site: Site, message: string): Reply => ({
  status: 200,
  isDynamic: true,
  type: 'text/html;charset=UTF-8',
  headers: [['Cache-Control', 'private']],
  body: `<html>
<head><title>/manager</title></head>
<body bgcolor="#FFFFFF">
<table border="1" cellspacing="0" cellpadding="3"><tr><td class="row-left" width="10%"><small><strong>Message:</strong></small>&nbsp;</td><td class="row-left"><pre>${message}</pre></td></tr></table>
<table border="1" cellspacing="0" cellpadding="3"><tr><td colspan="6" class="title">Applications</td></tr>
${['/', '/host-manager', '/manager'].map((path) => `<tr><td class="row-left"><a href="${path}">${path}</a></td><td class="row-center"><i>None specified</i></td><td class="row-center">true</td><td class="row-center"><a href="/manager/html/sessions?path=${path}">0</a></td></tr>`).join('\n')}
</table>
<form method="post" action="/manager/html/upload?org.apache.catalina.filters.CSRF_NONCE=${site.secret('tomcat nonce', 32, '0123456789ABCDEF')}" enctype="multipart/form-data"><table><tr><td colspan="2"><small><b>WAR file to deploy</b></small></td></tr><tr><td><small>Select WAR file to upload</small></td><td><input type="file" name="deployWar" size="40"></td></tr><tr><td><input type="submit" value="Deploy"></td></tr></table></form>
<table border="1"><tr><td>Tomcat Version</td><td>JVM Version</td><td>OS Name</td></tr><tr><td>Apache Tomcat/${site.tomcat} (Debian)</td><td>17.0.${site.secret('jvm', 2, '1')}</td><td>Linux</td></tr></table>
</body>
</html>
`,
});
const text = (body: string): Reply => ({ status: 200, isDynamic: true, type: 'text/plain;charset=utf-8', body });

function inside(request: LureRequest, site: Site): Inside | null {
  const { path, method } = request;
  const command = /^\/manager\/(?:text|html)\/([a-z]{1,20})/i.exec(path)?.[1]?.toLowerCase();
  const isText = /^\/manager\/text/i.test(path);
  const where = request.value('path') ?? `/${(request.fileName() ?? '').replace(/\.war$/i, '')}`;
  const answer = (message: string, deeds: readonly Deed[] = []): Inside => ({
    deeds,
    reply: isText ? text(`${message}\n`) : pageOf(site, message),
  });
  switch (command) {
    case undefined:
      return isText ? answer('FAIL - Unknown command [/]') : { deeds: [], reply: pageOf(site, 'OK') };
    case 'upload':
    case 'deploy': {
      const war = request.value('war') ?? request.value('deployWarURL') ?? '';
      const deed = {
        mode: 'deploy',
        text: `${method} ${where}${war === '' ? '' : ` ${war}`}`,
        fields: { path: where.slice(0, 200) },
      };
      return answer(`OK - Deployed application at context path [${shownText(where.slice(0, 200))}]`, [deed]);
    }
    case 'list':
      return answer(
        'OK - Listed applications for virtual host [localhost]\n/:running:0:ROOT\n/host-manager:running:0:host-manager\n/manager:running:0:manager',
      );
    case 'serverinfo':
      return answer(`OK - Server info\nTomcat Version: [Apache Tomcat/${site.tomcat} (Debian)]\nOS Name: [Linux]`);
    default:
      return answer('OK', [{ mode: 'manager', text: `${command} ${where}` }]);
  }
}

/** Tomcat's manager: a WAR that is deployed is taken, and unpacked nowhere. */
export const tomcatEntry: Entry = { logins: basicLogins, inside };
