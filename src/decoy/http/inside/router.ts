import { basicLogins, type Deed, type Entry, type Inside, shownText } from '../entry.ts';
import type { LureRequest } from '../lure.ts';
import type { Site } from '../site.ts';
import type { Reply } from '../style.ts';

/** Names that the boxes of such devices have. */
const targets = [
  'ping_addr',
  'pingAddr',
  'dest_host',
  'host',
  'ipaddr',
  'ping_ip',
  'target',
  'addr',
  'diag_addr',
  'SystemCommand',
  'system_cmd',
  'sysCmd',
  'cmd',
  'command',
];

const pageOf = ({ router }: Site, title: string, body: string): Reply => ({
  status: 200,
  isDynamic: true,
  type: 'text/html; charset=UTF-8',
  headers: [['Cache-Control', 'no-cache']],
  body: `<HTML><HEAD><TITLE>${router.model}</TITLE><META http-equiv=Content-Type content="text/html; charset=utf-8"></HEAD>
<BODY><TABLE width="100%"><TR><TD><B>${router.brand} ${router.model}</B></TD></TR></TABLE>
<P><A href="/userRpm/StatusRpm.htm">Status</A> | <A href="/userRpm/WlanNetworkRpm.htm">Wireless</A> | <A href="/userRpm/LanDhcpServerRpm.htm">DHCP</A> | <A href="/userRpm/DiagnosticRpm.htm">Diagnostic Tools</A> | <A href="/userRpm/SoftwareUpgradeRpm.htm">Firmware Upgrade</A> | <A href="/userRpm/ChangeLoginPwdRpm.htm">Password</A> | <A href="/userRpm/SysRebootRpm.htm">Reboot</A></P>
<H2>${title}</H2>
${body}
</BODY></HTML>
`,
});

const mac = (site: Site, name: string): string =>
  (site.router.serial.slice(0, 6) + site.secret(`mac ${name}`, 6, '0123456789ABCDEF')).replace(/(..)(?=.)/g, '$1-');

function status(site: Site): string {
  const { router } = site;
  const digit = (name: string, length: number): string => site.secret(name, length, '123456789');
  return `<TABLE border=0>
<TR><TD>Firmware Version:</TD><TD>${router.firmware}</TD></TR>
<TR><TD>Serial Number:</TD><TD>${router.serial}</TD></TR>
<TR><TD colspan=2><B>LAN</B></TD></TR>
<TR><TD>MAC Address:</TD><TD>${mac(site, 'lan')}</TD></TR><TR><TD>IP Address:</TD><TD>192.168.${digit('lan', 1)}.1</TD></TR><TR><TD>Subnet Mask:</TD><TD>255.255.255.0</TD></TR>
<TR><TD colspan=2><B>Wireless</B></TD></TR>
<TR><TD>Name (SSID):</TD><TD>${router.model.split(' ')[0]}_${router.serial.slice(-4)}</TD></TR><TR><TD>Channel:</TD><TD>Auto (Current channel ${digit('channel', 1)})</TD></TR>
<TR><TD colspan=2><B>WAN</B></TD></TR>
<TR><TD>MAC Address:</TD><TD>${mac(site, 'wan')}</TD></TR><TR><TD>IP Address:</TD><TD>10.${digit('wan1', 2)}.${digit('wan2', 2)}.${digit('wan3', 2)} (Dynamic IP)</TD></TR>
<TR><TD>System Up Time:</TD><TD>${digit('up', 2)} days 0${digit('hours', 1)}:1${digit('minutes', 1)}:2${digit('seconds', 1)}</TD></TR>
</TABLE>`;
}

const diagnostic = (typed: string, output: string): string =>
  `<FORM method="post" action="/userRpm/PingIframeRpm.htm"><INPUT type=radio name=doType value=ping checked> Ping <INPUT type=radio name=doType value=tracert> Traceroute<BR>IP Address/ Domain Name: <INPUT name="ping_addr" value="${shownText(typed)}" maxlength=255> <INPUT type=submit value="Start"></FORM>
<TEXTAREA rows=15 cols=80 readonly>${output.replace(/[&<>]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[each] ?? each)}</TEXTAREA>`;

function inside(request: LureRequest, site: Site): Inside | null {
  const typed = targets.map((name) => request.value(name)).find((value) => value !== undefined && value !== '');
  if (typed !== undefined) {
    const isCommand =
      request.value('ping_addr') === undefined && /cmd|command/i.test(request.query + request.body.slice(0, 2000));
    // The device hands it to its shell unchecked, as so many do.
    const command = isCommand ? typed : `ping -c 1 ${typed}`;
    return {
      deeds: [{ mode: isCommand ? 'shell' : 'ping', text: typed }],
      run: { command, as: 'root' },
      reply: (output) => pageOf(site, 'Diagnostic Tools', diagnostic(typed, output)),
    };
  }
  const deeds: Deed[] = [];
  const password = request.value('newpassword') ?? request.value('http_passwd') ?? request.value('sysPasswd');
  if (password !== undefined)
    deeds.push({
      mode: 'account',
      text: 'change the password',
      fields: { target_user: request.value('newname') ?? 'admin', password },
    });
  else if (request.method === 'POST')
    deeds.push({ mode: 'settings', text: `${request.path} ${request.body.slice(0, 1000)}` });
  if (/diag|ping|trace|tools|system|command|webcmd/i.test(request.path))
    return { deeds, reply: pageOf(site, 'Diagnostic Tools', diagnostic('', '')) };
  if (/upgrade|firmware|upload/i.test(request.path))
    return {
      deeds,
      reply: pageOf(
        site,
        'Firmware Upgrade',
        request.fileName() === undefined
          ? `<P>Firmware Version: ${site.router.firmware}</P><FORM action="/incoming/Firmware.htm" enctype="multipart/form-data" method="post"><INPUT name=Filename type=file><INPUT type=submit value=Upgrade></FORM>`
          : '<P>Software Upgrading... Please do not turn off the device.</P>',
      ),
    };
  if (/pwd|password|account/i.test(request.path))
    return {
      deeds,
      reply: pageOf(
        site,
        'Password',
        '<FORM method="post" action="/userRpm/ChangeLoginPwdRpm.htm">New User Name: <INPUT name="newname"><BR>New Password: <INPUT type=password name="newpassword"><BR><INPUT type=submit value=Save></FORM>',
      ),
    };
  if (/reboot/i.test(request.path)) {
    deeds.push({ mode: 'settings', text: 'reboot' });
    return { deeds, reply: pageOf(site, 'Reboot', '<P>Restarting...</P>') };
  }
  return { deeds, reply: pageOf(site, 'Status', status(site)) };
}

/** The device's pages, with a box that pings: what is typed there goes to the imitated shell. */
export const routerEntry: Entry = { logins: basicLogins, inside };
