/**
 * What kind of attack an HTTP request carries, from its target and user agent. Patterns look at the text after it was
 * percent-decoded twice (attackers encode twice to pass filters that decode once). They ask for syntax that ordinary
 * parameters do not have, not for single words: `?q=select+a+union` is somebody's search.
 */
export type AttackKind = 'sqli' | 'xss' | 'traversal' | 'rce' | 'file-inclusion' | 'lure' | 'scanner';

const sqli =
  /\bunion(?:\s|\/\*.{0,40}?\*\/|\(|\+){1,8}(?:all\s{1,20}|distinct\s{1,20})?\(?select\b|['"`)]\s{0,20}(?:or|and|\|\||&&|xor)\s{0,20}[('"]{0,8}\s{0,20}[\w'"]{1,80}\s{0,20}['")]{0,8}\s{0,20}(?:=|<|>|like\b|is\b|in\b|between\b|--|#)|\b(?:or|and)\s{1,20}(\d{1,9})\s{0,20}=\s{0,20}\1\b|\b(?:or|and)\s{1,20}(['"])(\w{0,20})\2\s{0,20}=\s{0,20}\2\3|;\s{0,20}(?:drop|insert\s{1,20}into|update\s{1,20}\w{1,40}\s{1,20}set|delete\s{1,20}from|alter\s{1,20}table|create\s{1,20}table|exec(?:ute)?|shutdown|declare\s{1,20}@)\b|\b(?:sleep|benchmark|pg_sleep|extractvalue|updatexml|load_file|xp_cmdshell|dbms_pipe\.receive_message|utl_http\.request)\s{0,20}\(|\bwaitfor\s{1,20}delay\b|\binformation_schema\b|\bsys(?:objects|columns|tables)\b|\binto\s{1,20}(?:out|dump)file\b|'\s{0,20}(?:--|#|;|\/\*)(?:\s|$|-)|\border\s{1,20}by\s{1,20}\d{1,4}\s{0,20}(?:--|#|\/\*|$)|\bselect\b[^&]{0,200}\bfrom\b[^&]{0,100}(?:--|#|\bwhere\b|information_schema|\bdual\b|\busers\b)|0x3a3a|concat\s{0,20}\(\s{0,20}0x/;
const xss =
  /<\s{0,20}\/?\s{0,20}(?:script|iframe|object|embed|svg|img|body|math|video|audio|details|marquee|style|link|meta|base|form|input|isindex|xss)\b|\bon(?:error|load|click|mouseover|mouseenter|focus|toggle|start|begin|pointer\w{1,10}|animation\w{1,10})\s{0,20}=|javascript\s{0,20}:|vbscript\s{0,20}:|\bdocument\s{0,20}\.\s{0,20}(?:cookie|domain|write|location)|\balert\s{0,20}(?:\(|`)|\bprompt\s{0,20}\(\s{0,20}\d|expression\s{0,20}\(|string\.fromcharcode|"\s{0,20}>\s{0,20}</;
const traversal =
  /(?:\.\.[/\\]){2,}|[/\\=]\.\.(?:[/\\]|$|;)|\.\.[/\\](?:etc|boot|windows|winnt|proc|var|usr|home|root|web-inf|bin)|\/etc\/(?:passwd|shadow|group|hosts|issue)|\/proc\/(?:self|version|cpuinfo|\d+)\b|\b(?:boot|win|system)\.ini\b|web-inf\/web\.xml|\.%2e|%2e\.|%c0%af|%c1%9c|\/\.\/\.\/|\bc:[\\/](?:windows|winnt|boot)/;
const rce =
  /\$\{\s{0,20}(?:jndi|lower|upper|env|sys|java|date|ctx|main|::-)|\$\{[^}]{0,40}\$\{|\(\s{0,20}\)\s{0,20}\{[^}]{0,20};|[;|&`\n]\s{0,20}(?:\/usr)?(?:\/bin\/)?(?:cat|wget|curl|id|uname|whoami|nc|ncat|netcat|bash|sh|ping|chmod|echo|ls|perl|python\d?|php|ruby|nslookup|tftp|busybox|rm|cd|sleep|ifconfig|netstat|ps)(?:\s|$|\+|;|\||&|%|<|\$|`)|\$\((?:\w|\/)|\/bin\/(?:ba|da|z|k|c)?sh\b|\b(?:cmd|command|powershell|pwsh)(?:\.exe)\b|\bwget\s{1,20}(?:-\w+\s{1,20}){0,4}https?:|\bcurl\s{1,20}(?:-\w+\s{1,20}){0,4}https?:|allow_url_include|auto_prepend_file|disable_functions|call_user_func|invokefunction|\beval\s{0,20}\(|base64_decode\s{0,20}\(|passthru\s{0,20}\(|shell_exec\s{0,20}\(|\bsystem\s{0,20}\(|\bexec\s{0,20}\(|phpinfo\s{0,20}\(|assert\s{0,20}\(|file_put_contents|getruntime|processbuilder|ognl|classloader|@java\.|java\.lang\.|__import__|os\.system|\{\{\s{0,20}[\d'"(].{0,60}\}\}|<!--#\s{0,20}(?:exec|include)|<\?php|\bxp_cmdshell\b|think\\app|_memberaccess|freemarker\.template|template\.utility\.execute/;
const inclusion =
  /(?:^|[?&=])(?:php|data|expect|zip|phar|glob|ogg|rar|ssh2|compress\.\w{2,6}):\/\/|php:\/\/(?:input|filter)|[?&][\w[\]]{1,40}=(?:https?|ftps?):\/\/[^&]{1,200}\.(?:txt|php\d?|jpg|gif|png|dat|inc|asp)\?*(?:$|&|\s|%00)|=\s{0,20}file:\/\/|[\w/.-](?:%00|\0)/;

/** Nobody asks for these without looking for a way in, whatever the answer is. */
const strongLures =
  /^\/(?:[\w.-]+\/){0,3}\.(?:env|git|svn|hg|aws|ssh|htpasswd|htaccess|ds_store|vscode|docker|npmrc|bash_history)(?:[./?\w-]|$)|\/wp-config\.php|thumb\.php\?(?:.*&)?src=[^&]*\.php|\.php\/login\.php\?cpath=|\/sdk$|\.php\.(?:swp|bak|old|save|orig|~)$|\/phpunit\/|\/eval-stdin\.php|\/(?:hnap1|boaform|goform|gponform|setup\.cgi|cgi-bin\/(?:luci|\.|php|test-cgi|printenv|authlogin|viewcert|status|bash|kerbynet|jarrewrite|supervisor|mainfunction))|\/solr\/admin|\/_ignition\/|\/vendor\/(?:phpunit|laravel)|\/(?:shell|c99|r57|wso|cmd|webshell|b374k|alfa|alfashell|wp-shell|up|uploader?|eval|xmrlpc)\.php|\/invoker\/(?:jmx|ejb)|\/jmx-console|\/nmaplowercheck|\/\.well-known\/\.|\/w00tw00t|\/muieblackcat|\/(?:etc|proc|root)\/(?:passwd|self|\.)|\/telescope\/requests|\/debug\/default\/view|\/_profiler\/|\/_all_dbs$|\/credentials\.json|\/id_rsa|\/(?:backup|dump|database|db|site|www|wwwroot)\.(?:sql|zip|tar\.gz|tgz|rar|7z|bak)(?:\.gz)?$|\/script(?:s)?\/(?:root\.exe|\.\.)|\/autodiscover\/autodiscover\.json\?|\/owa\/auth\/x\.js|\/sdk\/vimservice|\/remote\/fgt_lang|\/dana-na\/\.\.|\/vpn\/\.\.|\/tmui\/|\/mgmt\/tm\/util\/bash|\/cgi\/(?:conf\.bin)|\/portal\/redlion|\/level\/15\/exec|\/geoserver\/web|\/druid\/index\.html|\/wls-wsat|\/bea_wls|\/console\/css\/%/;
/** Real on some servers: a lure only where this server answers that it has no such thing. */
const softLures =
  /\/wp-(?:login\.php|admin|content\/plugins|includes)|\/xmlrpc\.php|\/(?:php)?-?(?:my|pg)-?admin|\/pma(?:\/|\d|$)|\/sqladmin|\/dbadmin|\/mysql(?:admin|manager)?\/|\/adminer|\/myadmin|\/phpinfo|\/info\.php|\/test\.php|\/server-(?:status|info)|\/manager\/(?:html|text|status)|\/host-manager|\/actuator(?:\/|$)|\/jenkins\/|\/hudson|\/struts|\/login\.action|\/axis2|\/administrator\/(?:index|components)|\/user\/register|\/cgi-bin\/|\/web\.config|\/config\.(?:json|php|ya?ml|bak|inc)|\/\.well-known\/security|\/scripts\/|\/_vti_bin|\/_vti_pvt|\/msadc|\/owa\/|\/ecp\/|\/exchange\/|\/webdav|\/webmail|\/roundcube|\/squirrelmail|\/fckeditor|\/ckeditor|\/tiny_?mce|\/elfinder|\/kcfinder|\/installer?(?:\/|\.php)|\/setup\.php|\/backup|\/old\/|\/bak\/|\/admin(?:istrator)?(?:\.php|\/|$)|\/swagger|\/api\/v1\/pods|\/graphql$|\/v1\/secret|\/api\/jsonws|\/jsonrpc$|\/\.\w{2,12}$|\.(?:bak|old|orig|save|swp|sql|pem|key|ovpn)$/;

const scanners =
  /nmap scripting|sqlmap|\bnikto|masscan|zgrab|gobuster|dirbuster|dirb\b|dirsearch|feroxbuster|ffuf|fuzz faster|wfuzz|wpscan|nuclei|nessus|openvas|acunetix|netsparker|arachni|w3af|whatweb|joomscan|droopescan|commix|havij|zmeu|morfeus|jorgee|\bhydra\b|webinspect|appscan|qualys|burpcollaborator|paros|vega\/|skipfish|grabber|gobuster|l9explore|l9tcpid|leakix|censysinspect|expanse|internetmeasurement|odin;|projectdiscovery|xenu|hello,? ?world|mozi\.|go-scan|\bzmap|masscan-ng|python-requests\/.*scan|trackback\/1|toata dragostea|sun-bot|bfac|metis|internet ninja|brutus|\bwebshag|golismero|cgichk|fhscan|libwhisker|n-stealth|blackwidow|whisker/;

/** Percent-decoding that never throws: what is no valid sequence stays; bytes are read as Latin-1, which is all the patterns need. */
function decode(text: string): string {
  if (text.indexOf('%') < 0) return text;
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The forms of a target that patterns look at: lower case, decoded twice, `+` as blank, backslash-x escapes resolved. */
function normaliseTarget(target: string): string {
  let text = target.length > 8192 ? target.slice(0, 8192) : target;
  if (text.indexOf('\\x') >= 0) {
    text = text.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  text = decode(decode(text));
  if (text.indexOf('%u') >= 0)
    text = text.replace(/%u00([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const question = text.indexOf('?');
  if (question >= 0 && text.indexOf('+', question) >= 0) {
    text = text.slice(0, question) + text.slice(question).replaceAll('+', ' ');
  }
  return text.toLowerCase();
}

/** Characters without which only a lure is possible: a look that spares most requests five patterns. */
const suspicious = /[%'"<>(){};|`\\\0]|\.\.|:\/|\/\*|--|\+|\s|etc\/|proc\/|_include|@|=\//;

interface Verdict {
  kinds: readonly AttackKind[];
  soft: boolean;
}

const nothing: Verdict = { kinds: [], soft: false };
const seenTargets = new Map<string, Verdict>();
const seenAgents = new Map<string, boolean>();
const maximumSeen = 4000;

function classify(target: string): Verdict {
  const normal = normaliseTarget(target);
  const kinds: AttackKind[] = [];
  if (suspicious.test(normal) || suspicious.test(target)) {
    if (sqli.test(normal)) kinds.push('sqli');
    if (xss.test(normal)) kinds.push('xss');
    if (traversal.test(normal) || /%c0%af|%c1%9c|%252e|\.%2e|%2e\.|%2e%2e/i.test(target)) kinds.push('traversal');
    if (rce.test(normal)) kinds.push('rce');
    if (inclusion.test(normal)) kinds.push('file-inclusion');
  }
  const question = normal.indexOf('?');
  const path = question < 0 ? normal : normal.slice(0, question);
  if (strongLures.test(normal)) kinds.push('lure');
  const soft = kinds.length === 0 && softLures.test(path);
  return kinds.length === 0 && !soft ? nothing : { kinds, soft };
}

function isScanner(agent: string): boolean {
  let known = seenAgents.get(agent);
  if (known === undefined) {
    const lower = (agent.length > 500 ? agent.slice(0, 500) : agent).toLowerCase();
    known = scanners.test(lower) || rce.test(lower);
    if (seenAgents.size >= maximumSeen) seenAgents.clear();
    seenAgents.set(agent, known);
  }
  return known;
}

/**
 * Kinds of attack of one request, [] for an ordinary one.
 *
 * @param status HTTP status, 0 where unknown: decides whether a path that exists on some servers is a lure here.
 */
export function attackKinds(target: string, agent: string, status: number): AttackKind[] {
  let verdict = seenTargets.get(target);
  if (verdict === undefined) {
    verdict = classify(target);
    if (seenTargets.size >= maximumSeen) seenTargets.clear();
    if (target.length < 1000) seenTargets.set(target, verdict);
  }
  const scanner = agent.length > 2 && isScanner(agent);
  const soft = verdict.soft && (status === 404 || status === 403 || status === 400 || status === 410 || status === 444);
  if (verdict === nothing && !scanner) return [];
  const kinds = [...verdict.kinds];
  if (soft) kinds.push('lure');
  if (scanner) {
    const lower = agent.toLowerCase();
    const kind = rce.test(lower) && !scanners.test(lower) ? 'rce' : 'scanner';
    if (!kinds.includes(kind)) kinds.push(kind);
  }
  return kinds;
}

/** Injection, traversal and code execution are high; a look for something to attack is medium. */
export function attackSeverity(kinds: readonly AttackKind[]): 'medium' | 'high' {
  return kinds.some((kind) => kind === 'sqli' || kind === 'rce' || kind === 'traversal' || kind === 'file-inclusion')
    ? 'high'
    : 'medium';
}
