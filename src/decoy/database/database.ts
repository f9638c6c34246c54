import { createBait } from '../bait/bait.ts';
import { diceFrom } from '../persona/random.ts';

/** What a statement is answered with. Texts are UTF-16. */
export type SqlAnswer =
  | { kind: 'rows'; columns: readonly string[]; rows: readonly (readonly (string | null)[])[] }
  | { kind: 'done'; affected: number }
  | { kind: 'error'; code: number; state: string; text: string };

export interface Database {
  /** `10.11.6-MariaDB-0+deb12u1` */
  version: string;
  names: readonly string[];
  /** @param user `root@localhost` @param current the database in use, empty: none */
  answer(statement: string, user: string, current: string): SqlAnswer;
}

const done = (affected = 0): SqlAnswer => ({ kind: 'done', affected });
const error = (code: number, state: string, text: string): SqlAnswer => ({ kind: 'error', code, state, text });
const one = (column: string, ...values: (string | null)[]): SqlAnswer => ({
  kind: 'rows',
  columns: [column],
  rows: values.map((value) => [value]),
});

/** Tables of the shop that this server seems to hold, with a few of their rows. */
interface Table {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/**
 * A database that holds nothing and runs nothing: statements are looked at, and answered as MariaDB of Debian 12 would. Names and rows
 * follow from the seed; accounts in it are bait.
 */
export function createDatabase(seed: string, version?: string): Database {
  const dice = diceFrom(`database ${seed}`);
  const bait = createBait(seed);
  const server = version ?? `10.11.${dice.between(3, 11)}-MariaDB-0+deb12u${dice.between(1, 2)}`;
  const own =
    dice.pick(['shop', 'crm', 'portal', 'orders', 'intranet']) +
    dice.pick(['', '_prod', '_live', String(dice.between(1, 9))]);
  const blog = dice.pick(['wordpress', 'wp', 'blog']) + dice.pick(['', '_db', String(dice.between(1, 9))]);
  const hash = (): string => `$P$B${dice.hex(31)}`;
  const [, account, , backup] = bait.accounts;
  const tables: Readonly<Record<string, Readonly<Record<string, Table>>>> = {
    [own]: {
      customers: {
        columns: ['id', 'name', 'email', 'created'],
        rows: Array.from({ length: 5 }, (_, index) => [
          String(index + 1),
          `${dice.pick(['Anna', 'Jan', 'Mira', 'Tom', 'Eva', 'Luca'])} ${dice.pick(['Berg', 'Kolar', 'Rossi', 'Duval', 'Lind'])}`,
          `kunde${dice.between(100, 9999)}@example.com`,
          `202${dice.between(2, 5)}-0${dice.between(1, 9)}-1${dice.between(0, 9)}`,
        ]),
      },
      users: {
        columns: ['id', 'login', 'password', 'role'],
        rows: [
          ['1', 'admin', dice.hex(32), 'admin'],
          ['2', backup?.user ?? 'backup', dice.hex(32), 'operator'],
        ],
      },
      orders: {
        columns: ['id', 'customer_id', 'total', 'state'],
        rows: [['1', '1', `${dice.between(10, 900)}.50`, 'paid']],
      },
    },
    [blog]: {
      wp_users: {
        columns: ['ID', 'user_login', 'user_pass', 'user_email'],
        rows: [['1', account?.user ?? 'admin', hash(), 'webmaster@example.com']],
      },
      wp_options: { columns: ['option_id', 'option_name', 'option_value', 'autoload'], rows: [] },
      wp_posts: { columns: ['ID', 'post_author', 'post_title', 'post_status'], rows: [['1', '1', 'News', 'publish']] },
    },
    mysql: {
      user: {
        columns: ['Host', 'User', 'Password'],
        rows: [
          ['localhost', 'root', `*${dice.hex(40).toUpperCase()}`],
          ['localhost', account?.user ?? 'wp', `*${dice.hex(40).toUpperCase()}`],
        ],
      },
    },
  };
  const names = ['information_schema', 'mysql', 'performance_schema', 'sys', own, blog].sort();
  const variables: Readonly<Record<string, string>> = {
    version: server,
    version_compile_os: 'debian-linux-gnu',
    version_compile_machine: 'x86_64',
    hostname: 'localhost',
    datadir: '/var/lib/mysql/',
    basedir: '/usr',
    tmpdir: '/tmp',
    plugin_dir: '/usr/lib/mysql/plugin/',
    secure_file_priv: '/var/lib/mysql-files/',
    local_infile: 'ON',
    port: '3306',
    general_log: 'OFF',
    general_log_file: '/var/lib/mysql/localhost.log',
    have_ssl: 'DISABLED',
    lower_case_table_names: '0',
    max_allowed_packet: '16777216',
  };

  const select = (text: string, user: string, current: string): SqlAnswer => {
    if (/\binto\s+(?:out|dump)file\b/i.test(text))
      return error(
        1290,
        'HY000',
        'The MariaDB server is running with the --secure-file-priv option so it cannot execute this statement',
      );
    const [, place] = /\bfrom\s+([\w`.$]+)/i.exec(text) ?? [];
    if (place !== undefined) return fromTable(place.replaceAll('`', ''), text, current);
    const what = text
      .replace(/^select\s+/i, '')
      .replace(/\s+limit\s+\d+\s*$/i, '')
      .trim();
    const [, expression = what] = /^(.*?)\s+as\s+\w+$/i.exec(what) ?? [];
    const name = /^@@(?:global\.|session\.)?(\w+)$/i.exec(expression)?.[1]?.toLowerCase();
    if (name !== undefined)
      return name in variables
        ? one(what, variables[name] ?? '')
        : error(1193, 'HY000', `Unknown system variable '${name.slice(0, 64)}'`);
    if (/^(?:version)\(\)$/i.test(expression)) return one(what, server);
    if (/^(?:current_user|user|session_user|system_user)(?:\(\))?$/i.test(expression)) return one(what, user);
    if (/^database\(\)$/i.test(expression)) return one(what, current || null);
    if (/^load_file\(/i.test(expression)) return one(what, null);
    if (/^sleep\(/i.test(expression)) return one(what, '0');
    if (/^'[^']*'$|^"[^"]*"$/.test(expression)) return one(expression.slice(1, -1), expression.slice(1, -1));
    if (/^-?\d+(?:\.\d+)?$/.test(expression)) return one(what, expression);
    const call = /^(\w+)\s*\(/.exec(expression)?.[1];
    if (call !== undefined)
      return error(1305, '42000', `FUNCTION ${current || 'mysql'}.${call.slice(0, 64)} does not exist`);
    return error(1054, '42S22', `Unknown column '${expression.slice(0, 64)}' in 'field list'`);
  };

  const fromTable = (place: string, text: string, current: string): SqlAnswer => {
    const [schema, name] = place.includes('.') ? (place.split('.', 2) as [string, string]) : [current, place];
    if (schema === '') return error(1046, '3D000', 'No database selected');
    const count = /^select\s+count\s*\(/i.test(text);
    if (/^information_schema$/i.test(schema)) {
      const listed = Object.entries(tables).flatMap(([own_, each]) => Object.keys(each).map((table) => [own_, table]));
      const rows = /^tables$/i.test(name) ? listed : /^schemata$/i.test(name) ? names.map((each) => ['def', each]) : [];
      const columns = /^schemata$/i.test(name) ? ['CATALOG_NAME', 'SCHEMA_NAME'] : ['TABLE_SCHEMA', 'TABLE_NAME'];
      return count ? one('count(*)', String(rows.length)) : { kind: 'rows', columns, rows };
    }
    const table = tables[schema]?.[name];
    if (table === undefined)
      return tables[schema] === undefined && !names.includes(schema)
        ? error(1049, '42000', `Unknown database '${schema.slice(0, 64)}'`)
        : error(1146, '42S02', `Table '${schema.slice(0, 64)}.${name.slice(0, 64)}' doesn't exist`);
    if (count) return one('count(*)', String(table.rows.length));
    const asked = /^select\s+(.*?)\s+from\b/is.exec(text)?.[1] ?? '*';
    const columns =
      asked === '*' ? [...table.columns] : asked.split(',').map((each) => each.replaceAll('`', '').trim());
    const at = columns.map((each) => table.columns.findIndex((known) => known.toLowerCase() === each.toLowerCase()));
    const missing = at.indexOf(-1);
    if (missing >= 0)
      return error(1054, '42S22', `Unknown column '${(columns[missing] ?? '').slice(0, 64)}' in 'field list'`);
    return { kind: 'rows', columns, rows: table.rows.map((row) => at.map((index) => row[index] ?? null)) };
  };

  const show = (text: string, current: string): SqlAnswer => {
    if (/^show\s+(?:databases|schemas)/i.test(text)) return one('Database', ...names);
    if (/^show\s+(?:full\s+)?tables/i.test(text)) {
      const schema = /\bfrom\s+`?(\w+)/i.exec(text)?.[1] ?? current;
      if (schema === '') return error(1046, '3D000', 'No database selected');
      return one(`Tables_in_${schema}`, ...Object.keys(tables[schema] ?? {}));
    }
    if (/^show\s+(?:global\s+|session\s+)?variables/i.test(text)) {
      const like = /\blike\s+['"]([^'"]*)['"]/i.exec(text)?.[1] ?? '%';
      const parts = like
        .toLowerCase()
        .split('%')
        .filter((part) => part !== '');
      const rows = Object.entries(variables).filter(([name]) => parts.every((part) => name.includes(part)));
      return { kind: 'rows', columns: ['Variable_name', 'Value'], rows };
    }
    if (/^show\s+grants/i.test(text))
      return one('Grants for root@localhost', 'GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION');
    if (/^show\s+(?:full\s+)?processlist/i.test(text))
      return {
        kind: 'rows',
        columns: ['Id', 'User', 'Host', 'db', 'Command', 'Time', 'State', 'Info', 'Progress'],
        rows: [['41', 'root', 'localhost', current || null, 'Query', '0', 'starting', text, '0.000']],
      };
    return { kind: 'rows', columns: ['Level', 'Code', 'Message'], rows: [] };
  };

  return {
    version: server,
    names,
    answer(statement, user, current) {
      const text = statement
        .slice(0, 65_536)
        .replace(/^(?:\s|\/\*[^*]*\*\/|--[^\n]*\n|#[^\n]*\n)+/, '')
        .replace(/[\s;]+$/, '');
      const verb = /^[a-z]+/i.exec(text)?.[0]?.toLowerCase() ?? '';
      if (text === '') return error(1065, '42000', 'Query was empty');
      switch (verb) {
        case 'select':
          return select(text, user, current);
        case 'show':
        case 'describe':
        case 'desc':
          return show(text, current);
        case 'use': {
          const name = text.slice(3).replaceAll('`', '').trim();
          return names.includes(name) ? done() : error(1049, '42000', `Unknown database '${name.slice(0, 64)}'`);
        }
        case 'insert':
        case 'replace':
        case 'update':
        case 'delete':
          return done(1);
        case 'create':
          return /^create\s+(?:aggregate\s+)?function\b.*\bsoname\b/is.test(text)
            ? error(
                1126,
                'HY000',
                "Can't open shared library (errno: 0, cannot open shared object file: No such file or directory)",
              )
            : done(/^create\s+(?:database|schema)/i.test(text) ? 1 : 0);
        case 'load':
          return error(
            1148,
            '42000',
            'The used command is not allowed because the MariaDB server or client has disabled the local infile capability',
          );
        case 'drop':
        case 'alter':
        case 'truncate':
        case 'set':
        case 'grant':
        case 'revoke':
        case 'flush':
        case 'lock':
        case 'unlock':
        case 'begin':
        case 'start':
        case 'commit':
        case 'rollback':
        case 'rename':
        case 'analyze':
        case 'optimize':
          return done();
        default:
          return error(
            1064,
            '42000',
            `You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near '${text.slice(0, 80)}' at line 1`,
          );
      }
    },
  };
}
