/*
 * The text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Collects families of samples and writes them. */
export class Exposition {
  readonly #lines: string[] = [];

  gauge(name: string, help: string, value: number | readonly Sample[]): void {
    this.#family('gauge', name, help, value);
  }

  /** @param name ends in `_total` */
  counter(name: string, help: string, value: number | readonly Sample[]): void {
    this.#family('counter', name, help, value);
  }

  histogram(
    name: string,
    help: string,
    { bounds, seconds, count }: { bounds: readonly { le: number; count: number }[]; seconds: number; count: number },
  ): void {
    this.#head('histogram', name, help);
    for (const { le, count: upTo } of bounds) this.#sample(`${name}_bucket`, { le: String(le) }, upTo);
    this.#sample(`${name}_bucket`, { le: '+Inf' }, count);
    this.#sample(`${name}_sum`, {}, seconds);
    this.#sample(`${name}_count`, {}, count);
  }

  #family(type: string, name: string, help: string, value: number | readonly Sample[]): void {
    this.#head(type, name, help);
    for (const [labels, each] of typeof value === 'number' ? [[{}, value] as const] : value)
      this.#sample(name, labels, each);
  }

  #head(type: string, name: string, help: string): void {
    this.#lines.push(
      `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${name} ${type}`,
    );
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelText(text)}"`);
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}`);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

/** Names of sources come from outside: what ends a label or a line is escaped. */
const labelText = (text: string): string =>
  text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const numberText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
