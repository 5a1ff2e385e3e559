/**
 * The building blocks of the schema. Each bound and rule is stated once and lands twice: as JSON Schema and CEL
 * for the API server, and as a check that runs in process. A broken maximum or type stops the rules about the values
 * around it, which may then rely on both; a broken pattern or minimum does not. The API server does the same, but stops
 * every rule of the object.
 */
import * as z from 'zod';

/** A rule in its two spellings: CEL for the API server, a predicate for us. */
export interface Rule<T> {
  /** The CEL expression; `self` is the value that carries the rule. */
  rule: string;
  /** What to write instead; both spellings answer with it. */
  message: string;
  /** Where the problem is shown, below the value that carries the rule: `.spec.region`. */
  fieldPath?: string;
  /** CEL's `oldSelf` is an optional, empty on create. */
  optionalOldSelf?: true;
  holds?: (value: T) => boolean;
  /** In place of `holds`, for a rule about an edit: it needs the stored value too. */
  keeps?: (value: T, stored: T) => boolean;
}

/** Adds rules to a schema; the CEL travels in its metadata, in the given order. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  const checked = rules.reduce(
    (current, { message, fieldPath, holds }) =>
      holds === undefined ? current : current.refine(holds, { message, path: pathOf(fieldPath) }),
    schema,
  );
  return checked.meta({ 'x-kubernetes-validations': rules.map(({ holds: _, keeps: __, ...carried }) => carried) });
}

/** One paragraph, however it is broken into lines in the source. */
export function prose(lines: string): string {
  return lines.replace(/\s+/g, ' ').trim();
}

function pathOf(fieldPath = ''): string[] {
  return fieldPath.split('.').filter((segment) => segment !== '');
}

/** How many characters the API server counts in a string: code points, where `.length` counts UTF-16 units. */
export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** What makes a string valid: bounds in code points. */
export interface TextBounds {
  min?: number;
  max: number;
}

/** A string within bounds. */
export function text({ min = 0, max }: TextBounds): z.ZodString {
  return z
    .string()
    .refine((value) => value.length >= 2 * min || codePoints(value) >= min, {
      error: `Invalid value: should be at least ${min} chars long`,
    })
    .refine((value) => value.length <= max || codePoints(value) <= max, {
      error: `Too long: may not be more than ${max} characters`,
      abort: true,
    })
    .meta({ ...(min > 0 && { minLength: min }), maxLength: max });
}

/** A whole-string pattern that RE2 and JavaScript read alike, and the sentence that says what to write. */
export interface Pattern {
  source: string;
  message: string;
}

/**
 * A string within bounds that matches a pattern. The API server's own pattern error has no room for advice, so the
 * pattern is repeated as a rule with a message.
 */
export function matching(bounds: TextBounds, pattern: Pattern): z.ZodString {
  return matchingByRule(bounds, pattern).meta({ pattern: pattern.source });
}

/** As `matching`, but told to the API server as a rule only. */
export function matchingByRule(bounds: TextBounds, { source, message }: Pattern): z.ZodString {
  const expression = new RegExp(source, 'u');
  return withRules(text(bounds), [
    { rule: `self.matches(${celString(source)})`, message, holds: (value) => expression.test(value) },
  ]);
}

/** A CEL string literal. */
export function celString(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** How server-side apply merges a list: replaced as a whole, a set of unique values, or entries known by one field. */
export type ListType = 'atomic' | 'set' | { key: string };

/** A list within bounds. */
export function list<S extends z.ZodType>(
  item: S,
  { min = 0, max, type }: { min?: number; max: number; type: ListType },
): z.ZodArray<S> {
  const bounded = z
    .array(item)
    .refine((items) => items.length >= min, { error: `Invalid value: should have at least ${min} items` })
    .refine((items) => items.length <= max, { error: `Too many: must have at most ${max} items`, abort: true });
  const distinct =
    type === 'set'
      ? bounded.superRefine((items, context) => {
          for (const path of repeated(items))
            context.addIssue({ code: 'custom', path: [path], message: 'Duplicate value' });
        })
      : bounded;
  return distinct.meta({ ...(min > 0 && { minItems: min }), maxItems: max, ...merging(type) });
}

function merging(type: ListType): Record<string, unknown> {
  return typeof type === 'string'
    ? { 'x-kubernetes-list-type': type }
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [type.key] };
}

/** Where a value stands for the second time: each repeated value is told once. */
function repeated(items: readonly unknown[]): number[] {
  return items.flatMap((item, index) =>
    items.slice(0, index).filter((other) => other === item).length === 1 ? [index] : [],
  );
}
