import type { Event, FieldValue, Severity } from '../model/index.ts';
import { eventTypes, facilities, levels, readSeverity } from '../model/index.ts';
import type { ParseContext } from './contract.ts';
import { protocolName } from './netfilter.ts';
import { addressIn, loginVerdict, readLogin, readTrouble, takeClient, userOf } from './sentence.ts';
import { readTime } from './time/any.ts';
import { applyStamp } from './time/apply.ts';
import { stamp } from './time/stamp.ts';
import { judge, judgeByLevel, levelOf, loginSeverity } from './verdict.ts';
import { applyRequest, readRequestLine } from './web-request.ts';

/**
 * Structured records (JSON, key=value, CEF) by the names that people give to the same things. A name is compared in
 * lower case without separators, so `src_ip`, `srcIp`, `source.ip` and `SourceIP` need one or two entries.
 */
type Slot =
  | 'srcIp'
  | 'srcPort'
  | 'dstIp'
  | 'dstPort'
  | 'user'
  | 'host'
  | 'program'
  | 'pid'
  | 'message'
  | 'level'
  | 'severity'
  | 'time'
  | 'date'
  | 'type'
  | 'outcome'
  | 'protocol'
  | 'status'
  | 'method'
  | 'target'
  | 'query'
  | 'agent'
  | 'action'
  | 'facility'
  | 'error';

/** Names by slot, the most telling first. */
const names: Record<Slot, string> = {
  srcIp:
    'remip srcip sourceip sourceaddress srcaddr src clientip clientaddress clientaddr client requestclientip remoteip remoteaddr remoteaddress requestremoteip requestremoteaddr requestremoteaddress remotehost clienthost ipaddress ipaddr ipsource ip remote peer peeraddress peerip attackerip attacker rhost oip sip source userip requestip callerip sourcenetworkaddress raddr requestheadersxrealip actoripaddress hostip cip downstreamremoteaddress xforwardedfor forwardedfor',
  srcPort: 'srcport sourceport clientport remoteport spt sport srcpt requestremoteport peerport',
  dstIp:
    'dstip destip destinationip destinationaddress dstaddr destaddr dst dest destination serverip serveraddr serveraddress localip dip targetip',
  dstPort: 'dstport destport destinationport serverport localport dpt dport targetport',
  user: 'user username useraccount login loginname account accountname accountid uname suser duser usrname usr acct srcuser targetuser targetusername dataeventdatatargetusername wineventdatatargetusername authuser clientusername userloginname actorlogin userprincipalname email useremail subjectusername principal identity requestuser identityusername detailsusername userid',
  host: 'hostname host hostnamehostname computer computername machine hostip device devicename devname devicehostname dvchost dvc nodename agentname systemcomputer',
  program:
    'program syslogidentifier comm processname process service servicename app appname application applicationname logger component syslogappname containername name module daemon identifier tag',
  pid: 'pid processpid processid syslogpid',
  message:
    'message msg text log logmessage shortmessage fullmessage description body event reason note line raw messagetext eventmessage payload data summary title',
  level: 'level loglevel lvl levelname severitytext severitylevel priority logseverity levelstr pri',
  severity: 'severity alertseverity risk threatlevel risklevel threat',
  time: 'timestamp time @timestamp eventtime datetime ts t date eventcreated logtime logtimestamp timegenerated createdat timecreated realtimetimestamp sourcerealtimetimestamp asctime systemtimecreated starttime rt devicetime',
  date: 'date',
  type: 'eventtype type eventname securityevent eventid category eventaction kind',
  outcome: 'outcome result status eventoutcome res success',
  protocol: 'protocol proto networktransport transport requestprotocol ipprotocol networkprotocol service app',
  status:
    'status statuscode httpstatus httpstatuscode responsestatus responsecode downstreamstatus httpresponsestatuscode code scstatus responsestatuscode',
  method: 'method requestmethod httpmethod verb httprequestmethod csmethod',
  target:
    'uri url path requesturi requestpath requesturl urloriginal urlpath httpurl request csuristem requestline httprequesturi originalurl',
  query: 'querystring urlquery csuriquery',
  agent:
    'useragent httpuseragent useragentoriginal requestuseragent agent requestheadersuseragent csuseragent ua browser',
  action: 'action act disposition eventaction verdict fwaction deviceaction utmaction',
  facility: 'facility syslogfacility',
  error: 'error err exception errormessage',
};

const ranks = new Map<string, [Slot, number][]>();
for (const slot of Object.keys(names) as Slot[]) {
  names[slot].split(' ').forEach((name, rank) => {
    const list = ranks.get(name) ?? [];
    list.push([slot, rank]);
    ranks.set(name, list);
  });
}

const separators = /[\s_.\-@/:]+/g;
const normalised = new Map<string, string>();

function normalise(name: string): string {
  let result = normalised.get(name);
  if (result === undefined) {
    result = name.toLowerCase().replace(separators, '');
    if (normalised.size < 5000 && name.length < 100) normalised.set(name, result);
  }
  return result;
}

/** Best value per slot so far and its rank; module-level, so that a record costs no allocation for it. */
const best: Partial<Record<Slot, FieldValue>> = {};
const bestRank: Partial<Record<Slot, number>> = {};
let visited = 0;
const maximumVisited = 400;

function offer(name: string, value: FieldValue, penalty: number): void {
  const slots = ranks.get(name);
  if (slots === undefined) return;
  for (const [slot, rank] of slots) {
    const score = rank + penalty;
    const current = bestRank[slot];
    if (current !== undefined && current <= score) continue;
    if (typeof value === 'object' && value !== null) continue;
    if (value === null || value === '' || value === '-' || value === '--') continue;
    if ((slot === 'srcIp' || slot === 'dstIp') && (typeof value !== 'string' || addressIn(value).ip === null)) continue;
    if (slot === 'message' && typeof value !== 'string') continue;
    if (slot === 'user' && typeof value === 'boolean') continue;
    best[slot] = value;
    bestRank[slot] = score;
  }
}

function walk(record: Readonly<Record<string, FieldValue>>, prefix: string, depth: number): void {
  for (const key of Object.keys(record)) {
    visited += 1;
    if (visited > maximumVisited) return;
    const value = record[key] as FieldValue;
    const name = normalise(key);
    const path = prefix + name;
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      if (depth < 6) walk(value, path, depth + 1);
      continue;
    }
    if (Array.isArray(value)) {
      const [first] = value;
      if (value.length === 1 && typeof first === 'string') {
        offer(path, first, 0);
        if (depth > 0) offer(name, first, 50 + depth);
      }
      continue;
    }
    offer(path, value, 0);
    // Deeper names count as well, after all that stand in the open.
    if (depth > 0) offer(name, value, 50 + depth * 10);
  }
}

function text(slot: Slot): string | null {
  const value = best[slot];
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

function integer(slot: Slot): number | null {
  const value = best[slot];
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d{1,9}$/.test(value)
        ? Number(value)
        : Number.NaN;
  return Number.isInteger(number) && number >= 0 ? number : null;
}

function port(slot: Slot): number | null {
  const value = integer(slot);
  return value !== null && value <= 65_535 ? value : null;
}

function takeTimeOf(event: Event, value: FieldValue | undefined, context: ParseContext): void {
  let words = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (words === '') return;
  const digits = /^(\d{10})(\d{3})?(\d{3})?(\d{3})?(\.\d+)?$/.exec(words);
  if (digits !== null) {
    // Epoch in seconds, milli-, micro- or nanoseconds.
    words = digits[2] === undefined ? words : `${digits[1]}.${digits[2]}`;
    if (/^\d{10}$/.test(words)) words += '.0';
  } else if (/^\d\.\d+e\+?\d+$/i.test(words)) words = (Number(words) / 1).toFixed(3);
  if (readTime(words, 0) && stamp.end >= Math.min(words.length, 10)) applyStamp(event, context);
}

const failureWords =
  /^(?:fail(?:ed|ure)?|false|denied|deny|error|rejected|refused|unauthorized|invalid|blocked|no|0)$/i;
const successWords = /^(?:success(?:ful|ful login)?|succeeded|true|ok|allowed|allow|accepted|granted|yes|1|passed)$/i;
const blockedWords =
  /^(?:deny|denied|drop(?:ped)?|block(?:ed)?|reject(?:ed)?|discard(?:ed)?|server-rst|client-rst|reset|quarantine|blocked-\w+)$/i;
const allowedWords = /^(?:accept(?:ed)?|allow(?:ed)?|permit(?:ted)?|pass(?:ed|through)?|close|start|client-rst)$/i;

/** pino and bunyan write levels as numbers, RFC 5424 as 0-7. */
function levelFrom(value: FieldValue | undefined): Event['level'] {
  if (typeof value === 'string') {
    const level = levelOf(value);
    if (level !== null) return level;
    if (/^\d{1,2}$/.test(value)) return levelFrom(Number(value));
  }
  if (typeof value === 'number') {
    if (value >= 10)
      return value >= 60
        ? 'critical'
        : value >= 50
          ? 'error'
          : value >= 40
            ? 'warning'
            : value >= 30
              ? 'info'
              : 'debug';
    if (value >= 0 && value <= 7) return levels[value] ?? null;
  }
  return null;
}

/**
 * Fills the event from a structured record. `event.fields` already holds the record; what becomes a field of the event
 * stays there too, so that nothing the sender wrote is lost.
 *
 * @returns the text that may be a log line of its own (`message`, `log`, …), or null.
 */
export function readStructured(
  event: Event,
  record: Readonly<Record<string, FieldValue>>,
  context: ParseContext,
): string | null {
  for (const slot of Object.keys(best) as Slot[]) {
    delete best[slot];
    delete bestRank[slot];
  }
  visited = 0;
  walk(record, '', 0);

  const time = best.time;
  if (typeof time === 'string' && typeof best.date === 'string' && /^\d{1,2}:\d\d:\d\d/.test(time)) {
    takeTimeOf(event, `${best.date} ${time}`, context);
  } else takeTimeOf(event, time, context);

  const source = text('srcIp');
  if (source !== null) {
    const peer = addressIn(source);
    event.src_ip = peer.ip;
    event.src_port = peer.port;
  }
  event.src_port = port('srcPort') ?? event.src_port;
  const destination = text('dstIp');
  if (destination !== null) {
    const peer = addressIn(destination);
    event.dst_ip = peer.ip;
    event.dst_port = peer.port;
  }
  event.dst_port = port('dstPort') ?? event.dst_port;
  const user = text('user');
  if (user !== null) event.user = user;
  event.host = text('host') ?? event.host;
  event.program = text('program') ?? event.program;
  event.pid = integer('pid') ?? event.pid;
  const protocol = text('protocol');
  if (protocol !== null && protocol.length < 16)
    event.protocol = protocolName(protocol.split('/')[0]?.toUpperCase() ?? '');
  const facility = integer('facility');
  if (facility !== null) event.facility = facilities[facility] ?? event.facility;
  const level = levelFrom(best.level);
  if (level !== null) event.level = level;
  const message = text('message');
  if (message !== null) event.message = message;

  judgeRecord(event, record, message);
  return message;
}

/** Severity in the sender's own word; of CEF and Suricata, a number. */
function statedSeverity(): Severity | null {
  const value = best.severity;
  if (typeof value === 'string') return readSeverity(value) ?? null;
  return null;
}

function judgeRecord(event: Event, record: Readonly<Record<string, FieldValue>>, message: string | null): void {
  event.event_type = 'app.event';
  const type = text('type');
  const stated = statedSeverity();
  const action = text('action');
  const outcome = best.outcome;
  const words = typeof outcome === 'string' ? outcome : typeof outcome === 'boolean' ? String(outcome) : '';
  const ownType = text('type');
  if (ownType !== null && Object.hasOwn(eventTypes, ownType)) event.event_type = ownType as Event['event_type'];

  const status = integer('status');
  const method = text('method');
  const target = text('target');
  const isRequest =
    status !== null &&
    status >= 100 &&
    status < 600 &&
    target !== null &&
    (method === null ? /^[A-Z]{3,10} \S+ HTTP\//.test(target) : /^(?:\/|https?:|\*|[A-Z]+ \/)/.test(target));
  if (event.event_type !== 'app.event') {
    event.outcome = failureWords.test(words) ? 'failure' : successWords.test(words) ? 'success' : event.outcome;
  } else if (isRequest) {
    const line = /^[A-Z]{3,10} \S/.test(target) ? readRequestLine(target) : { method, target, version: '' };
    const path = /^https?:\/\/[^/]*(\/.*)?$/i.exec(line.target);
    applyRequest(event, {
      method: method ?? line.method ?? '',
      target:
        (path === null ? line.target : (path[1] ?? '/')) +
        (text('query') === null || line.target.includes('?') ? '' : `?${text('query')}`),
      version: line.version,
      status,
      bytes: -1,
      referrer: '',
      agent: text('agent') ?? '',
      host: '',
    });
    // The program says of the request that it was a refused login.
    if (event.fields.attack === undefined && status >= 400 && message !== null && loginVerdict(message) === 'failure') {
      event.user ??= userOf(message);
      judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    }
  } else if (
    action !== null &&
    event.src_ip !== null &&
    event.dst_ip !== null &&
    (blockedWords.test(action) || allowedWords.test(action))
  ) {
    if (blockedWords.test(action)) judge(event, 'net.blocked', 'denied', 'low');
    else judge(event, 'net.allowed', 'success', 'info');
  } else if (text('user') !== null && (type === '4625' || type === '4624')) {
    // Windows: an account failed to log on, an account logged on.
    if (type === '4625') judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    else judge(event, 'auth.success', 'success', 'info');
  } else if (isAuthentication(record, type, message) && (failureWords.test(words) || successWords.test(words))) {
    if (failureWords.test(words)) judge(event, 'auth.failure', 'failure', loginSeverity(event.user));
    else judge(event, 'auth.success', 'success', 'info');
  } else {
    const sentence = [message, ...[text('error'), type].map((words) => (words === null ? null : typeWords(words)))]
      .filter((part) => part !== null)
      .join(' · ');
    if (sentence === '' || !readLogin(event, sentence)) {
      if (message !== null && readTrouble(event, message) && stated === null) {
        // Kept as the sentence judged it.
      } else if (event.level !== null && type === null) {
        judgeByLevel(event);
      }
      if (failureWords.test(words)) event.outcome = 'failure';
      else if (successWords.test(words)) event.outcome = 'success';
      if (message !== null) takeClient(event, message);
    }
  }
  if (stated !== null) event.severity = stated;
}

/** `InvalidPassword`, `login_failed`: the words of a name that an event or an error has. */
const typeWords = (name: string): string =>
  /\s/.test(name) ? name : name.replaceAll('_', ' ').replace(/([a-z])(?=[A-Z])/g, '$1 ');

function isAuthentication(
  record: Readonly<Record<string, FieldValue>>,
  type: string | null,
  message: string | null,
): boolean {
  const category = record['event.category'] ?? (record.event as { category?: FieldValue } | undefined)?.category;
  if (category === 'authentication' || (Array.isArray(category) && category.includes('authentication'))) return true;
  return /\b(?:log-?_?(?:in|on)|auth(?:entication|enticate)?|sign-?_?in)\b/i.test(
    `${type ?? ''} ${message ?? ''}`.slice(0, 500),
  );
}
