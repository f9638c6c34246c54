import { addressGroups, ipv4Number } from '../../../model/address.ts';

/**
 * An address column against a network, as SQL over its text: stored addresses are canonical (RFC 5952, IPv4-mapped ones as
 * IPv4). What is no network holds for nothing.
 *
 * @param bind a value that SQL refers to
 */
export function inNetwork(column: string, network: string, bind: (value: string) => string): string {
  const [base = '', prefix, ...more] = network.split('/');
  if (more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return 'FALSE';
  const v4 = ipv4Number(base);
  if (v4 >= 0) return inV4(column, v4, prefix === undefined ? 32 : Number(prefix), bind);
  const v6 = addressGroups(base);
  return v6 === null ? 'FALSE' : inV6(column, v6, prefix === undefined ? 128 : Number(prefix), bind);
}

function inV4(column: string, address: number, bits: number, bind: (value: string) => string): string {
  if (bits > 32) return 'FALSE';
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  if (bits === 32) return `${column} = ${bind(octets.join('.'))}`;
  const whole = Math.floor(bits / 8);
  const tests = [whole === 0 ? `contains(${column}, '.') AND NOT contains(${column}, ':')` : ''];
  if (whole > 0) tests.push(`starts_with(${column}, ${bind(`${octets.slice(0, whole).join('.')}.`)})`);
  if (bits % 8 > 0) {
    const size = 2 ** (8 - (bits % 8));
    const low = Math.floor((octets[whole] as number) / size) * size;
    tests.push(`try_cast(split_part(${column}, '.', ${whole + 1}) AS INTEGER) BETWEEN ${low} AND ${low + size - 1}`);
  }
  return `(${tests.filter((test) => test !== '').join(' AND ')})`;
}

function inV6(column: string, groups: readonly number[], bits: number, bind: (value: string) => string): string {
  if (bits > 128) return 'FALSE';
  const tests = [`contains(${column}, ':')`];
  // The first group stands in the text as it is, unless it is shortened away: most rows are told by it.
  if (bits >= 16 && groups[0] !== 0) tests.push(`starts_with(${column}, ${bind(`${hex(groups[0])}:`)})`);
  const head = `string_split(split_part(${column}, '::', 1), ':')`;
  const tail = `string_split(split_part(${column}, '::', 2), ':')`;
  const filled = `list_concat(list_filter(${head}, lambda g: g <> ''), list_resize(CAST([] AS VARCHAR[]), greatest(0, 8 - len(list_filter(${head}, lambda g: g <> '')) - len(list_filter(${tail}, lambda g: g <> ''))), '0'), list_filter(${tail}, lambda g: g <> ''))`;
  for (let i = 0; i < 8; i += 1) {
    const left = bits - i * 16;
    if (left <= 0) break;
    const group = groups[i] as number;
    const size = left >= 16 ? 1 : 2 ** (16 - left);
    const low = Math.floor(group / size) * size;
    const at = `lpad((${filled})[${i + 1}], 4, '0')`;
    const bound = (value: number): string => bind(hex(value).padStart(4, '0'));
    tests.push(size === 1 ? `${at} = ${bound(low)}` : `${at} BETWEEN ${bound(low)} AND ${bound(low + size - 1)}`);
  }
  return `(${tests.join(' AND ')})`;
}

const hex = (group: number | undefined): string => (group ?? 0).toString(16);
