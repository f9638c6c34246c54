import type { Call } from '../run/call.ts';
import { newVariable } from '../run/variables.ts';
import { isName } from './state.ts';

export async function read(call: Call): Promise<number> {
  const { shell } = call;
  let isRaw = false;
  let delimiter = '\n';
  let count = 0;
  let array: string | null = null;
  const names: string[] = [];
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] as string;
    const option = /^-([a-zA-Z]+)([\s\S]*)$/.exec(arg);
    if (!option || names.length > 0) {
      names.push(arg);
      continue;
    }
    for (let place = 1; place < arg.length; place++) {
      const letter = arg[place] as string;
      if (letter === 'r') isRaw = true;
      else if (letter === 's' || letter === 'e') continue;
      else if ('pdntuNai'.includes(letter)) {
        const value = arg.slice(place + 1) || (call.args[++at] ?? '');
        if (letter === 'd') delimiter = value[0] ?? '\0';
        if (letter === 'n' || letter === 'N') count = Number(value) || 0;
        if (letter === 'a') array = value;
        if (letter === 'p' && call.stdin.isTerminal) call.err(value);
        break;
      } else {
        call.complain(`-${letter}: invalid option`);
        call.err(
          'read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]\n',
        );
        return 2;
      }
    }
  }
  let line = count > 0 ? await call.stdin.bytes(count) : await call.stdin.line(delimiter);
  const isEnd = line === null || (count === 0 && !line.endsWith(delimiter));
  line = (line ?? '').replaceAll('\0', '');
  if (line.endsWith(delimiter)) line = line.slice(0, -1);
  if (!isRaw) {
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && !isEnd) {
      const more = await call.stdin.line(delimiter);
      line = line.slice(0, -1) + (more ?? '').replace(/\n$/, '');
      if (more === null) break;
    }
    line = line.replace(/\\([\s\S])/g, '$1');
  }
  const ifs = shell.variables.get('IFS')?.value ?? ' \t\n';
  const fields = splitFields(line, ifs, array !== null ? Number.POSITIVE_INFINITY : Math.max(names.length, 1));
  if (array !== null) {
    shell.variables.put(array, { ...newVariable(''), array: new Map(fields.map((field, at) => [String(at), field])) });
    return isEnd ? 1 : 0;
  }
  if (names.length === 0) shell.assign('REPLY', line);
  for (const [at, name] of names.entries()) {
    if (!isName(name)) return call.complain(`\`${name}': not a valid identifier`);
    shell.assign(name, fields[at] ?? '');
  }
  await call.machine.step();
  return isEnd ? 1 : 0;
}

/** Splits by IFS into at most `count` fields; the last one keeps the rest. */
function splitFields(line: string, ifs: string, count: number): string[] {
  if (ifs === '') return [line];
  const blank = [...ifs].filter((each) => ' \t\n'.includes(each)).join('');
  const isBlank = (text: string | undefined): boolean => text !== undefined && text !== '' && blank.includes(text);
  const isSeparator = (text: string | undefined): boolean => text !== undefined && text !== '' && ifs.includes(text);
  let end = line.length;
  while (end > 0 && isBlank(line[end - 1])) end -= 1;
  let at = 0;
  while (at < end && isBlank(line[at])) at += 1;
  const fields: string[] = [];
  while (at < end) {
    if (fields.length === count - 1) {
      fields.push(line.slice(at, end));
      return fields;
    }
    let stop = at;
    while (stop < end && !isSeparator(line[stop])) stop += 1;
    fields.push(line.slice(at, stop));
    at = stop;
    while (at < end && isBlank(line[at])) at += 1;
    if (at < end && isSeparator(line[at]) && !isBlank(line[at])) at += 1;
    while (at < end && isBlank(line[at])) at += 1;
  }
  return fields;
}

export async function mapfile(call: Call): Promise<number> {
  const strip = call.args.includes('-t');
  const name = call.args.findLast((arg) => !arg.startsWith('-')) ?? 'MAPFILE';
  const lines = (await call.stdin.all()).split(/(?<=\n)/).filter((line) => line !== '');
  call.shell.variables.put(name, {
    ...newVariable(''),
    array: new Map(lines.slice(0, 20_000).map((line, at) => [String(at), strip ? line.replace(/\n$/, '') : line])),
  });
  return 0;
}
