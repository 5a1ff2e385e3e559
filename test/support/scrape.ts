/** One time series: its labels and its value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What `/metrics` answered, in Prometheus' text format. */
export class Scrape {
  /** The help text of each metric. */
  readonly help = new Map<string, string>();
  /** The type of each metric. */
  readonly type = new Map<string, string>();
  readonly #samples = new Map<string, Sample[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) this.#read(line);
  }

  /** Every series of that name; a histogram's have names with `_bucket`, `_sum`, `_count` at the end. */
  samples(name: string): readonly Sample[] {
    return this.#samples.get(name) ?? [];
  }

  /** The sum of the series that have these labels, whatever else they have; `undefined` when there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = Object.entries(labels);
    const found = this.samples(name).filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

  /** Every series there is, with its name. */
  *all(): Generator<readonly [string, Sample]> {
    for (const [name, samples] of this.#samples) for (const sample of samples) yield [name, sample];
  }

  #read(line: string): void {
    const [, kind, about = '', text = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') this.help.set(about, text);
    else if (kind === 'TYPE') this.type.set(about, text);
    else if (line !== '') this.#sample(line);
  }

  #sample(line: string): void {
    const [, name = '', inner = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`no line of Prometheus' text format: ${line}`);
    const pairs = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
    const samples = this.#samples.get(name) ?? [];
    samples.push({ labels: Object.fromEntries(pairs), value: value === '+Inf' ? Infinity : Number(value) });
    this.#samples.set(name, samples);
  }
}
