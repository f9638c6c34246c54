import { tomcatEntry } from '../inside/tomcat.ts';
import { defineLure } from '../lure.ts';

export const tomcat = defineLure({
  name: 'tomcat',
  title: 'Tomcat manager',
  paths: /^\/(?:manager|host-manager)(?:\/(?:html|text|status|jmxproxy)?.*)?$/i,
  attack: null,
  severity: 'low',
  entry: tomcatEntry,
  answer: (_, site) => ({
    status: 401,
    isDynamic: true,
    type: 'text/html;charset=ISO-8859-1',
    headers: [
      ['Cache-Control', 'private'],
      ['WWW-Authenticate', 'Basic realm="Tomcat Manager Application"'],
    ],
    body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">\n<html><head><title>401 Unauthorized</title></head>\n<body><h1>401 Unauthorized</h1>\n<p>You are not authorized to view this page. The manager needs a user with the role <tt>manager-gui</tt> in <tt>conf/tomcat-users.xml</tt>.</p>\n<hr><h3>Apache Tomcat/${site.tomcat} (Debian)</h3>\n</body></html>\n`,
  }),
});
