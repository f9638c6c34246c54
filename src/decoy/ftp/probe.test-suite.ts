/**
 * What is asked of an FTP server, and a client that writes down every byte of the answers: the real vsftpd and the decoy
 * are given the same list, and their transcripts are compared.
 */
import { connect, type Socket } from 'node:net';

/** One step: a line to send; or a data command, for which a passive connection is opened first. */
export type Step =
  | string
  /** Sent as it is, without a line end of ours. */
  | { bytes: string }
  /** PASV or EPSV, a connection to the port that was named, then the command; `upload` is what the client sends there. */
  | { data: string; by?: 'PASV' | 'EPSV'; upload?: string; rest?: string }
  /** Wait that long for whatever comes. */
  | { wait: number; until?: string };

export interface Scenario {
  name: string;
  steps: readonly Step[];
}

interface Account {
  user: string;
  password: string;
}

/** Lines that stand one after another. */
const each = (lines: string): string[] => lines.split(' ; ');

const login = ({ user, password }: Account): Step[] => [`USER ${user}`, `PASS ${password}`];

/** Scenarios before a login, or whose login fails. `account` is one that the server accepts. */
export function beforeLogin(account: Account): Scenario[] {
  const single = [
    ...each(
      'SYST ; FEAT ; HELP ; NOOP ; PWD ; STAT ; SITE HELP ; LIST ; PASV ; EPSV ; PORT 127,0,0,1,4,1 ; AUTH TLS ; AUTH SSL ; PBSZ 0 ; PROT P ; CCC ; OPTS UTF8 ON ; OPTS utf8 on ; OPTS ; OPTS MLST size ; QUIT ; quit ; QUIT now ; USER',
    ),
    'USER ',
    ...each('USER root ; USER  root ; user root ; PASS ; PASS x ; ACCT x ; REIN ; ABOR ; XYZZY ; xyzzy abc'),
    '',
    ' ',
    '  USER root',
    ...each('GET / HTTP/1.0 ; TYPE I ; CWD / ; RETR x ; STOR x ; HOST example.com ; CLNT x ; CSID x ; LANG en'),
    'USER\troot',
    ...each('USER a b c ; EHLO x ; SITE ; REST 0'),
  ];
  return [
    ...single.map((line) => ({ name: `first: ${JSON.stringify(line)}`, steps: [line] })),
    { name: 'password refused', steps: ['USER root', 'PASS x'] },
    { name: 'password refused, then others', steps: [...each('USER nobody-here ; PASS x ; PASS y ; SYST'), 'QUIT'] },
    {
      name: 'three refused',
      steps: [...each('USER root ; PASS 1 ; USER root ; PASS 2 ; USER root ; PASS 3'), { wait: 300 }],
    },
    { name: 'user twice', steps: [...each('USER root ; USER admin ; PASS'), 'QUIT'] },
    { name: 'between user and password', steps: [...each('USER root ; SYST ; FEAT ; NOOP'), 'PASS x'] },
    { name: 'empty password', steps: ['USER root', 'PASS '] },
    { name: 'anonymous that is refused', steps: ['USER anonymous', 'PASS a@example.com'] },
    { name: 'ftp as anonymous', steps: ['USER ftp', 'PASS a@example.com'] },
    { name: 'line feed only', steps: [{ bytes: 'USER root\nPASS x\n' }, { wait: 8000, until: 'Login incorrect.' }] },
    { name: 'pipelined', steps: [{ bytes: 'FEAT\r\nSYST\r\nQUIT\r\n' }, { wait: 300 }] },
    { name: 'carriage returns', steps: [{ bytes: 'SYST\r\r\n' }, { wait: 300 }] },
    { name: 'a NUL', steps: [{ bytes: 'SY\0ST\r\n' }, { wait: 300 }, 'QUIT'] },
    { name: 'bytes above ASCII', steps: [{ bytes: 'USER r\xf6\xfft\r\n' }, { wait: 300 }, 'QUIT'] },
    { name: 'telnet interrupt', steps: [{ bytes: '\xff\xf4\xff\xf2ABOR\r\n' }, { wait: 300 }, 'QUIT'] },
    { name: 'long line', steps: [{ bytes: `USER ${'a'.repeat(4000)}\r\n` }, { wait: 400 }, 'QUIT'] },
    { name: 'too long a line', steps: [{ bytes: `USER ${'a'.repeat(5000)}\r\n` }, { wait: 400 }, 'QUIT'] },
    { name: 'user of 128', steps: [`USER ${'a'.repeat(128)}`, 'QUIT'] },
    { name: 'user of 129', steps: [`USER ${'a'.repeat(129)}`, 'QUIT'] },
    { name: 'password of 129', steps: ['USER root', `PASS ${'a'.repeat(129)}`, { wait: 300 }] },
    { name: 'TLS bytes', steps: [{ bytes: '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n' }, { wait: 300 }, 'QUIT'] },
    { name: 'login', steps: [...login(account), 'QUIT'] },
    { name: 'login in small letters', steps: [`user ${account.user}`, `pass ${account.password}`, 'quit'] },
  ];
}

/** Scenarios after a login. The account's folder holds `pub/readme.txt` and `pub/data.bin`. */
export function afterLogin(account: Account): Scenario[] {
  const groups: Record<string, readonly Step[]> = {
    system: [...each('SYST ; PWD ; XPWD ; NOOP ; noop x ; HELP ; HELP LIST ; ACCT x ; ALLO 10 ; ALLO ; REIN ; SMNT /')],
    feat: [...each('FEAT ; FEAT x ; OPTS UTF8 ON ; OPTS UTF8 ; OPTS MLST type;size; ; OPTS x'), 'OPTS'],
    stat: ['STAT /nothing-here', 'STAT pub/readme.txt'],
    statSelf: ['STAT'],
    site: [
      ...each(
        'SITE ; SITE HELP ; SITE CHMOD ; SITE CHMOD 755 ; SITE CHMOD 644 pub/none ; SITE UMASK ; SITE UMASK 077 ; SITE UMASK ; SITE UMASK x ; SITE EXEC id ; SITE CPFR a ; SITE chmod 755 pub ; SITE IDLE',
      ),
    ],
    types: [
      ...each(
        'TYPE ; TYPE A ; TYPE I ; TYPE L8 ; TYPE L 8 ; TYPE A N ; TYPE E ; TYPE X ; type i ; STRU F ; STRU R ; STRU ; MODE S ; MODE B ; MODE ; stru f ; mode s',
      ),
    ],
    folders: [
      ...each(
        'CWD pub ; PWD ; CWD .. ; CDUP ; XCUP ; CWD ; CWD nothing-here ; CWD pub/readme.txt ; XCWD pub ; PWD ; CWD ~ ; CWD ../../../../.. ; PWD',
      ),
    ],
    sizes: [
      ...each(
        'SIZE pub/readme.txt ; SIZE pub/data.bin ; SIZE pub ; SIZE nothing ; SIZE ; MDTM nothing ; MDTM ; MDTM pub ; TYPE A ; SIZE pub/readme.txt ; MDTM 20200101000000 pub/none ; MFMT 20200101000000 x',
      ),
    ],
    unknown: [
      ...each(
        'XYZZY ; MLSD ; MLST ; MLST pub ; HOST x ; CLNT NcFTP ; LANG en ; CSID x ; XCRC a ; MD5 a ; HASH a ; LPSV ; LPRT 1 ; SITE PSWD ; XMKD ; XRMD ; COMB ; THMB ; PRET LIST ; AVBL ; DSIZ ; ADAT x ; MIC x ; ENC x ; CCC ; CDC ; PBSZ 0 ; PROT P ; PROT C ; AUTH TLS ; AUTH ; AUTH KERBEROS',
      ),
      '',
      ' ',
      '\t',
      'a',
      'ab cd',
    ],
    again: ['USER root', 'USER anonymous', `USER ${account.user}`, 'PASS x', 'PASS'],
    transferWithout: [
      ...each(
        'LIST ; NLST ; RETR pub/readme.txt ; STOR new ; APPE new ; STOU ; STOU x ; LIST -la ; RETR ; STOR ; APPE',
      ),
    ],
    port: [
      ...each(
        'PORT ; PORT 1,2,3 ; PORT 192,0,2,1,10,10 ; PORT 127,0,0,1,0,21 ; PORT a,b,c,d,e,f ; PORT 256,0,0,1,1,1 ; EPRT ; EPRT |1|192.0.2.1|2000| ; EPRT |2|2001:db8::1|2000| ; EPRT |9|x|1| ; EPRT x',
      ),
    ],
    epsv: ['EPSV 1 ', ...each('EPSV 2 ; EPSV 3 ; EPSV ALL ; PASV ; PORT 127,0,0,1,200,1'), 'EPSV x'],
    list: [
      { data: 'LIST' },
      { data: 'LIST', by: 'EPSV' },
      { data: 'LIST pub' },
      { data: 'LIST -la' },
      { data: 'LIST -l pub' },
      { data: 'LIST nothing' },
      { data: 'LIST pub/readme.txt' },
      { data: 'LIST -a' },
      { data: 'LIST pub/*.txt' },
      { data: 'LIST -R' },
    ],
    nlst: [
      { data: 'NLST' },
      { data: 'NLST pub' },
      { data: 'NLST -l' },
      { data: 'NLST -la pub' },
      { data: 'NLST nothing' },
      { data: 'NLST pub/*' },
      { data: 'NLST pub/read*' },
      { data: 'NLST pub/{readme.txt,x}' },
    ],
    mlsd: [{ data: 'MLSD' }],
    retr: [
      'TYPE I',
      { data: 'RETR pub/readme.txt' },
      { data: 'RETR pub/readme.txt', by: 'EPSV' },
      { data: 'RETR nothing' },
      { data: 'RETR pub' },
      'REST 6',
      { data: 'RETR pub/readme.txt', rest: '6' },
      ...each('REST ; REST x ; REST -1 ; REST 0 ; TYPE A'),
      { data: 'RETR pub/readme.txt' },
    ],
    stor: [
      'TYPE I',
      { data: 'STOR up.bin', upload: 'one\ntwo\n' },
      'SIZE up.bin',
      { data: 'RETR up.bin' },
      { data: 'APPE up.bin', upload: 'three\n' },
      { data: 'RETR up.bin' },
      { data: 'STOR up.bin', upload: 'XX', rest: '4' },
      { data: 'RETR up.bin' },
      { data: 'STOR nothing/up', upload: 'x' },
      { data: 'STOR pub', upload: 'x' },
      { data: 'STOU', upload: 'x' },
      ...each('DELE up.bin ; DELE up.bin ; SIZE up.bin'),
    ],
    names: [
      ...each(
        'MKD made ; MKD made ; MKD nothing/made ; MKD "quoted" ; RMD made ; RMD made ; RMD pub ; RMD nothing ; MKD ; RMD ; DELE ; DELE pub ; DELE nothing ; RNTO x ; RNFR nothing ; RNFR ; RNTO ; MKD from ; RNFR from ; RNTO to ; RNFR to ; NOOP ; RNTO again ; RNFR again ; RNTO nothing/there ; RMD again ; RMD to ; XMKD old ; XRMD old',
      ),
    ],
    abort: ['ABOR', { bytes: '\xff\xf4\xff\xf2ABOR\r\n' }, { wait: 300 }, 'NOOP'],
    long: [
      { bytes: `CWD ${'a'.repeat(4080)}\r\n` },
      { wait: 400 },
      { bytes: `CWD ${'a'.repeat(6000)}\r\n` },
      { wait: 400 },
      'NOOP',
    ],
    quit: ['QUIT', 'NOOP'],
    pipeline: [{ bytes: 'PWD\r\nSYST\r\nNOOP\r\nXYZZY\r\n' }, { wait: 300 }],
  };
  return Object.entries(groups).map(([name, steps]) => ({ name, steps: [...login(account), ...steps] }));
}

/** Everything that the server said, one entry per step (the first is the greeting). */
export async function transcript(port: number, { steps }: Scenario): Promise<string[]> {
  const control = new Talk(connect(port, '127.0.0.1'));
  const answers: string[] = [await control.reply(8000)];
  for (const step of steps) {
    if (typeof step === 'string') {
      control.send(`${step}\r\n`);
      answers.push(await control.reply(step.trim() === '' ? 250 : 8000));
    } else if ('bytes' in step) control.send(step.bytes);
    else if ('wait' in step) answers.push(await control.within(step.wait, step.until));
    else answers.push(...(await data(control, step)));
    if (control.ended) break;
  }
  const rest = await control.within(150);
  if (rest !== '') answers.push(rest);
  answers.push(control.ended ? '<closed>' : '<open>');
  control.end();
  return answers;
}

async function data(
  control: Talk,
  step: Exclude<Step, string | { bytes: string } | { wait: number }>,
): Promise<string[]> {
  control.send(`${step.by ?? 'PASV'}\r\n`);
  const passive = await control.reply(8000);
  const port = portOf(passive);
  const answers = [passive];
  if (step.rest !== undefined) {
    control.send(`REST ${step.rest}\r\n`);
    answers.push(await control.reply(8000));
  }
  if (port === null) return answers;
  const channel = new Talk(connect(port, '127.0.0.1'));
  control.send(`${step.data}\r\n`);
  const first = await control.reply(8000);
  answers.push(first);
  if (!/^1/.test(first)) {
    channel.end();
    return answers;
  }
  if (step.upload !== undefined) {
    channel.send(step.upload);
    channel.finish();
  }
  const said = await channel.toEnd(8000);
  answers.push(`data: ${said}`, await control.reply(8000));
  channel.end();
  return answers;
}

function portOf(reply: string): number | null {
  const extended = /\(\|\|\|(\d+)\|\)/.exec(reply);
  if (extended !== null) return Number(extended[1]);
  const numbers = /\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)/.exec(reply);
  return numbers === null ? null : Number(numbers[5]) * 256 + Number(numbers[6]);
}

/** A socket of which is read by replies. */
class Talk {
  ended = false;
  #got = '';
  #wake: (() => void) | null = null;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.#got += bytes.toString('latin1');
      this.#wake?.();
    });
    const ended = (): void => {
      this.ended = true;
      this.#wake?.();
    };
    socket.on('end', ended).on('close', ended).on('error', ended);
  }

  send(text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.from(text, 'latin1'));
  }

  finish(): void {
    this.#socket.end();
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Up to the end of one reply: a line of a code and a space. */
  async reply(patience: number): Promise<string> {
    const whole = /^(?:\d{3}-[^\n]*\n(?:(?!\d{3} )[^\n]*\n)*)?\d{3} [^\n]*\n/;
    await this.#until(() => whole.test(this.#got), patience);
    const text = whole.exec(this.#got)?.[0] ?? this.#got;
    this.#got = this.#got.slice(text.length);
    return text;
  }

  async within(milliseconds: number, text?: string): Promise<string> {
    await this.#until(() => text !== undefined && this.#got.includes(`${text}\r\n`), milliseconds);
    return this.#take();
  }

  async toEnd(patience: number): Promise<string> {
    await this.#until(() => this.ended, patience);
    return this.#take();
  }

  #take(): string {
    const text = this.#got;
    this.#got = '';
    return text;
  }

  async #until(done: () => boolean, patience: number): Promise<void> {
    const end = performance.now() + patience;
    while (!done() && !this.ended) {
      const left = end - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Times, ports and inode-dependent things replaced by words. */
export const plain = (answer: string): string =>
  answer
    .replace(/client count was \d+/, 'client count was N')
    .replace(/\((\d+),(\d+),(\d+),(\d+),\d+,\d+\)/, '($1,$2,$3,$4,PORT)')
    .replace(/\(\|\|\|\d+\|\)/, '(|||PORT|)')
    .replace(/[A-Z][a-z]{2} [ \d]\d (?:\d\d:\d\d| \d{4})/g, 'DATE-OF-FILE')
    .replace(/^213 \d{14}/, '213 TIME');
