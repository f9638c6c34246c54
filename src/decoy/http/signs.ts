import type { Severity } from '../../model/index.ts';

/** A shape of attack that shows in a request, whatever path it went to. */
export interface Sign {
  /** `sqli_attempt` and the like: `fields.attack` of the event. */
  name: string;
  severity: Severity;
  pattern: RegExp;
}

/** The first that is found names the request. Every pattern is linear in the text. */
const signs: readonly Sign[] = [
  { name: 'log4shell_attempt', severity: 'critical', pattern: /\$\{(?:jndi|(?:\$\{[^{}]{0,40}\}|[jndi]){1,20}:)/i },
  { name: 'shellshock_attempt', severity: 'critical', pattern: /\(\)\s{0,4}\{[^}\n]{0,40};\s{0,4}\}\s{0,4};/ },
  {
    name: 'ognl_injection_attempt',
    severity: 'critical',
    pattern: /[%$]\{[^}\n]{0,80}(?:#(?:_memberAccess|context|cmd)|@ognl|getRuntime|java\.lang|ProcessBuilder)/i,
  },
  { name: 'spring4shell_attempt', severity: 'critical', pattern: /class\.module\.classLoader/i },
  {
    name: 'php_injection_attempt',
    severity: 'high',
    pattern:
      /(?:php:\/\/(?:input|filter)|allow_url_include|auto_prepend_file|<\?(?:php|=)|\binvokefunction\b|\bcall_user_func_array\b|data:text\/plain;base64)/i,
  },
  {
    name: 'command_injection_attempt',
    severity: 'high',
    pattern:
      /(?:[;|&`\n]|\$\()\s{0,4}(?:\/bin\/)?(?:wget|curl|tftp|ftpget|busybox|bash|sh|nc|ping|id|uname|cat|echo|chmod|rm|cd|sleep)\b[ +$;<>|&/-]/i,
  },
  {
    name: 'path_traversal_attempt',
    severity: 'high',
    pattern: /(?:\.\.[\\/]){2}|\.\.%2f|(?:^|[=/])\/?etc\/(?:passwd|shadow)\b|\\windows\\/i,
  },
  { name: 'xxe_attempt', severity: 'high', pattern: /<!(?:DOCTYPE|ENTITY)[^>]{0,200}\bSYSTEM\b/i },
  {
    name: 'sqli_attempt',
    severity: 'high',
    pattern:
      /'\s{0,6}(?:or|and|\|\|)\s{1,6}['"(]?[\w']{1,20}['")]?\s{0,4}(?:=|<|>|like\b|--)|'\s{0,6}or\s{1,6}1\b|\bunion\s{1,6}(?:all\s{1,6})?select\b|\b(?:sleep|benchmark|pg_sleep|waitfor\s+delay)\s{0,4}\(?\s{0,4}'?\d|\binformation_schema\b|'\s{0,6};\s{0,6}(?:drop|insert|update|delete)\b|\bextractvalue\s?\(|'\s{0,4}(?:--|#)\s{0,4}(?:$|&|\n)/i,
  },
  {
    name: 'ssti_attempt',
    severity: 'high',
    pattern: /\{\{\s{0,4}(?:\d{1,6}\s?\*\s?'?\d|config|self|request|''\.__class__)/i,
  },
  { name: 'xss_attempt', severity: 'medium', pattern: /<script\b|\bon(?:error|load|mouseover)\s{0,4}=|javascript:/i },
  { name: 'deserialization_attempt', severity: 'high', pattern: /\brO0AB[A-Za-z0-9+/]|\bO:\d{1,4}:"[\w\\]{1,80}":\d/ },
];

/** @param text the request's target, headers and body, escapes resolved */
export const signOf = (text: string): Sign | null => signs.find(({ pattern }) => pattern.test(text)) ?? null;

/** Something that the attacker wants fetched: `wget http://…`, `${jndi:ldap://…}`, `tftp -g … host`. Each once, at most 10. */
export function fetchesIn(text: string): { url: string; by: string }[] {
  const found = new Map<string, string>();
  const url =
    /\b(jndi:)?((?:https?|ftp|tftp|ldaps?|rmi|dns|iiop|nis|corba|gopher|smb):\/{1,2}[^\s\p{Cc}"'`<>|;(){}\\^]{3,500})/giu;
  for (const { 1: jndi, 2: address = '', index } of text.matchAll(url)) {
    const before = text.slice(Math.max(0, index - 60), index);
    const tool =
      /\b(wget|curl|fetch|lwp-download|tftp|ftpget|axel|aria2c|powershell|certutil|bitsadmin)\b[^;|&\n]*$/i.exec(
        before,
      )?.[1];
    const by = jndi !== undefined ? 'jndi' : (tool?.toLowerCase() ?? '');
    if (by !== '' && found.size < 10 && !found.has(address)) found.set(address, by);
  }
  for (const { 0: text_, 1: options = '' } of text.matchAll(/\b(?:tftp|ftpget)\s([^;|&\n`"']{3,200})/gi)) {
    const host = /(?:^|\s)((?:\d{1,3}\.){3}\d{1,3})\b/.exec(options)?.[1];
    const file = /-r\s+(\S{1,100})/.exec(options)?.[1] ?? '';
    if (host !== undefined && found.size < 10)
      found.set(`tftp://${host}/${file}`, text_.slice(0, 6).trim().toLowerCase());
  }
  return [...found].map(([each, by]) => ({ url: each, by }));
}
