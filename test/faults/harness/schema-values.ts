/**
 * Values for every field of an OpenAPI schema as Kubernetes has it: at, inside and past each bound, of the wrong type, with and
 * without each part. It knows no field by its name, so that a new field is covered as it comes.
 */
import { goodTexts, ODD_CHARACTERS, type TextBounds, textsAround } from './schema-strings.ts';

/** A node of the schema, as far as values are made from it. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

export type Path = readonly (string | number)[];

/** A value with what is special about it; `undefined` stands for the field left out. */
export type Variant = readonly [title: string, value: unknown];

/** How much of what is optional an example has. */
type Size = 'minimal' | 'full';

/** How many different strings an example can have in one place. */
const DIFFERENT = 40;

/**
 * Examples of a node, the most natural first. Where an object's parts may exclude each other there is one with each alone; the
 * number makes examples differ.
 */
export function examples(schema: Schema, size: Size, number = 0): readonly unknown[] {
  switch (schema.type) {
    case 'object':
      return schema.additionalProperties
        ? [size === 'full' ? { key: examples(schema.additionalProperties, size, number)[0] } : {}]
        : objectExamples(schema, size, number);
    case 'array': {
      const { items = {}, minItems = 0 } = schema;
      // Two where they are simple, so that there is an order, and one to take away.
      const count = size === 'full' && items.type === 'string' ? 2 : Math.max(1, minItems);
      return examples(items, size).map((_, choice) =>
        Array.from({ length: count }, (__, index) => examples(items, size, number * count + index)[choice]),
      );
    }
    case 'boolean':
      return [false, true];
    case 'integer':
      return [schema.minimum ?? schema.maximum ?? 1];
    default:
      return schema.enum ?? [textAt(schema, number)];
  }
}

function objectExamples({ properties = {}, required = [] }: Schema, size: Size, number: number): unknown[] {
  const names = Object.keys(properties);
  const optional = names.filter((name) => !required.includes(name));
  const made = (chosen: readonly string[]) =>
    alternatives(chosen.map((name) => [name, examples(properties[name] ?? {}, size, number)] as const));
  const all = made(size === 'full' ? names : names.filter((name) => required.includes(name)));
  // Parts that may exclude each other.
  const exclusive = required.length === 0 ? optional.filter((name) => properties[name]?.type === 'object') : [];
  const alone = exclusive.length > 1 ? exclusive.flatMap((name) => made([name])) : [];
  return size === 'full' ? [...all, ...alone] : [...all, ...alone.filter((one) => !all.includes(one))];
}

/** The object of everyone's first choice, and then, of each part, its other choices. */
function alternatives(parts: readonly (readonly [string, readonly unknown[]])[]): unknown[] {
  const first = Object.fromEntries(parts.map(([name, [choice]]) => [name, choice]));
  return [first, ...parts.flatMap(([name, [, ...others]]) => others.map((other) => ({ ...first, [name]: other })))];
}

const texts = new Map<Schema, readonly string[]>();

function textAt(schema: Schema, number: number): string {
  const known = texts.get(schema) ?? goodTexts(boundsOf(schema), DIFFERENT);
  texts.set(schema, known);
  const text = known[number % known.length] ?? '';
  return number < known.length ? text : `${text}${number}`;
}

/** Bounds of a string, its rules' patterns among them. */
function boundsOf(schema: Schema): TextBounds {
  const { minLength, maxLength, pattern } = schema;
  return {
    patterns: [...new Set([...(pattern === undefined ? [] : [pattern]), ...literals(schema, /\bself\.matches\(/)])],
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
  };
}

/** The texts that the node's rules give to a function. */
function literals(schema: Schema, call: RegExp): string[] {
  const calls = new RegExp(`${call.source}'((?:[^'\\\\]|\\\\.)*)'`, 'g');
  const rules = schema['x-kubernetes-validations'] ?? [];
  return rules.flatMap(({ rule }) => [...rule.matchAll(calls)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1')));
}

/** Every node below this one with where it is; of a list, its first item. */
export function* nodesOf(schema: Schema, path: Path = []): Generator<readonly [Path, Schema]> {
  if (path.length > 0) yield [path, schema];
  for (const [name, node] of Object.entries(schema.properties ?? {})) yield* nodesOf(node, [...path, name]);
  if (schema.items !== undefined) yield* nodesOf(schema.items, [...path, 0]);
}

/** All that is tried in the place of a node; with `odd`, texts with each odd character in each place too. */
export function variantsOf(schema: Schema, odd: 'odd' | 'plain'): Variant[] {
  const wrong = ['text', 7, 1.5, true, [], {}, null].map((value): Variant => [`as ${JSON.stringify(value)}`, value]);
  const variants: Variant[] = [
    ['left out', undefined],
    ...wrong,
    ...ofItsType(schema, odd === 'odd' ? ODD_CHARACTERS : []),
  ];
  // Some are made in more than one way.
  return [...new Map(variants.map((variant) => [JSON.stringify(variant[1]), variant])).values()];
}

function ofItsType(schema: Schema, odd: readonly string[]): Variant[] {
  switch (schema.type) {
    case 'object':
      return schema.additionalProperties
        ? mapVariants(schema, schema.additionalProperties, odd)
        : objectVariants(schema);
    case 'array':
      return listVariants(schema);
    case 'boolean':
      return [false, true, 'true'].map((value): Variant => [JSON.stringify(value), value]);
    case 'integer': {
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema;
      return [minimum - 1, minimum, maximum, maximum + 1].map((value): Variant => [`${value}`, value]);
    }
    default:
      return schema.enum === undefined
        ? textsAround(boundsOf(schema), odd)
        : [...schema.enum, ...schema.enum.map((word) => word.toLowerCase()), 'Another', ''].map((word) => [
            `"${word}"`,
            word,
          ]);
  }
}

/** Every combination of those parts of an object that are words, each also left out. */
export function combinationsOfWords({ properties = {} }: Schema): object[] {
  const words = Object.entries(properties).filter(([, { enum: choices }]) => choices !== undefined);
  return words.reduce<object[]>(
    (all, [name, { enum: choices = [] }]) =>
      all.flatMap((one) => [one, ...choices.map((choice) => ({ ...one, [name]: choice }))]),
    [{}],
  );
}

/** With each choice of its parts: of words every combination, of anything else what examples there are. */
function objectVariants(schema: Schema): Variant[] {
  return [...combinationsOfWords(schema), ...examples(schema, 'minimal'), ...examples(schema, 'full')].map((value) => [
    `as ${JSON.stringify(value).slice(0, 200)}`,
    value,
  ]);
}

/** Of each length, with items that differ in everything or in one thing only, repeated, of two sorts, with a gap. */
function listVariants({ items = {}, maxItems = 10 }: Schema): Variant[] {
  return (['minimal', 'full'] as const).flatMap((size) =>
    examples(items, size).flatMap((first, choice, all) => {
      const title = `${size} items of sort ${choice + 1}`;
      const item = (number: number) => examples(items, size, number)[choice];
      const rows = (length: number, at: (index: number) => unknown) => Array.from({ length }, (_, index) => at(index));
      const counted = [1, 2, maxItems, maxItems + 1].map((count): Variant => [`${count} ${title}`, rows(count, item)]);
      const single = leavesOf(first).flatMap((path) =>
        [2, maxItems].map((count): Variant => {
          const differing = (index: number) => withValue(first, path, valueAt(item(index), path));
          return [`${count} ${title} that differ in ${path.join('.')}`, rows(count, differing)];
        }),
      );
      const [other] = all.filter((_, index) => index !== choice);
      return [
        ...counted,
        ...single,
        [`one of the ${title} twice`, [first, first]] as const,
        [`${title} and null`, [first, null]] as const,
        ...(other === undefined ? [] : [[`${title} and one of another sort`, [first, other]] as const]),
      ];
    }),
  );
}

/** With keys that the rules speak of, odd ones, and as many as there may be; with each value of its own. */
function mapVariants(schema: Schema, values: Schema, odd: readonly string[]): Variant[] {
  const { maxProperties = 10 } = schema;
  const [value] = examples(values, 'full');
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, value]));
  const patterns = literals(schema, /\bk\.matches\(/).flatMap((pattern) => goodTexts({ patterns: [pattern] }, 3));
  const beginnings = literals(schema, /\bk\.startsWith\(/).flatMap((text) => [
    text,
    `${text}x`,
    `${text.slice(0, -1)}x`,
  ]);
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ rule }) => rule).join(' ');
  const lengths = [...rules.matchAll(/\bk\.size\(\) <= (\d+)/g)].map(([, limit]) => Number(limit));
  const long = lengths.flatMap((limit) =>
    [limit, limit + 1].flatMap((length) => ['k'.repeat(length), '𝒜'.repeat(length)]),
  );
  const keys = new Set(['', '__proto__', 'constructor', ...patterns, ...beginnings, ...long]);
  for (const character of odd) keys.add(`a${character}b`);
  return [
    [`${maxProperties} of them`, many(maxProperties)],
    [`${maxProperties + 1} of them`, many(maxProperties + 1)],
    ...[...keys].map(
      (key): Variant => [`with the key ${JSON.stringify(key).slice(0, 40)}, ${key.length} long`, { [key]: value }],
    ),
    ...variantsOf(values, odd.length > 0 ? 'odd' : 'plain').map(
      ([title, one]): Variant => [`with a value ${title}`, { key: one }],
    ),
  ];
}

/** Where a value's own values are, those that are no objects or lists. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path];
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((item, index) => leavesOf(item, [...path, index]));
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, [...path, key]));
}

/** What is at that place; `undefined` when there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined,
    root,
  );
}

/** The same with another value at that place; what is `undefined` is left out. Whatever leads there must be there. */
export function withValue(root: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root)) return root.map((item, index) => (index === step ? withValue(item, rest, value) : item));
  const entries = Object.entries(root ?? {});
  const changed = withValue(valueAt(root, [step]), rest, value);
  const others = entries.filter(([key]) => key !== step);
  return Object.fromEntries(changed === undefined ? others : [...others, [step, changed]]);
}
