/**
 * Reads a request body by the shape table and words what is wrong with it as AWS's front end does:
 * first a SerializationException for JSON of the wrong type, then one ValidationException that
 * names every violated constraint.
 */
import { serializationError, validationError } from './errors.ts';
import type { Shape } from './scalars.ts';
import { type ShapeName, shapes, type TypeOf } from './shapes.ts';

/** What a string's length counts: Unicode code points, or UTF-16 units as Java's `String.length()`. */
export type LengthUnit = 'codePoints' | 'utf16Units';

type JsonObject = Readonly<Record<string, unknown>>;
type Of<T extends Shape['type']> = Extract<Shape, { type: T }>;

const table: Readonly<Record<string, Shape>> = shapes;

/**
 * Returns the body as a value of the shape, without the members that the shape does not have (the
 * service ignores them) and with nulls as absent.
 * @throws ServiceError SerializationException or ValidationException
 */
export function readShape<N extends ShapeName>(name: N, body: unknown, unit: LengthUnit): TypeOf<N> {
  const value = deserialize(name, body);
  const problems = violations(name, value, '', unit);
  if (problems.length > 0) {
    const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
    throw validationError(`${count}: ${problems.join('; ')}`);
  }
  return value as TypeOf<N>; // proven by the two steps above, which read the same table as TypeOf does
}

function shapeOf(name: string): Shape {
  const shape = table[name];
  if (!shape) throw new Error(`the shape table has no ${name}`);
  return shape;
}

function deserialize(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  const shape = shapeOf(name);
  switch (shape.type) {
    case 'structure':
      return deserializeStructure(shape, value);
    case 'list':
      if (!Array.isArray(value)) throw serializationError('Expected list or null');
      return value.map((item) => deserialize(shape.member, item));
    case 'string':
      return scalar(value, 'string', 'a String');
    case 'integer':
      return Math.trunc(Number(scalar(value, 'number', 'an Integer')));
    case 'timestamp':
      return scalar(value, 'number', 'a Timestamp');
    case 'boolean':
      return scalar(value, 'boolean', 'a Boolean');
    default:
      return shape satisfies never;
  }
}

function deserializeStructure(shape: Of<'structure'>, value: unknown): JsonObject {
  if (!isObject(value)) throw serializationError('Unexpected field type');
  const members = Object.entries(shape.members)
    .map(([member, memberShape]) => [member, deserialize(memberShape, value[member])] as const)
    .filter(([, memberValue]) => memberValue !== undefined);
  return Object.fromEntries(members);
}

function scalar(value: unknown, type: 'string' | 'number' | 'boolean', target: string): unknown {
  if (typeof value === type) return value;
  if (Array.isArray(value)) throw serializationError('Start of list found where not expected');
  if (isObject(value)) throw serializationError('Start of structure or map found where not expected.');
  const found = typeof value === 'boolean' ? `${value}`.toUpperCase() : (typeof value).toUpperCase();
  throw serializationError(`${found}_VALUE can not be converted to ${target}`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every violated constraint of a value and of what is in it, in the order of the model. */
function violations(name: string, value: unknown, path: string, unit: LengthUnit): string[] {
  const shape = shapeOf(name);
  const own = constraints(shape, value, unit).map((constraint) => worded(value, path, constraint));
  if (shape.type === 'structure' && isObject(value)) {
    return Object.entries(shape.members).flatMap(([member, memberShape]) => {
      const at = join(path, lowerFirst(member));
      if (value[member] !== undefined) return violations(memberShape, value[member], at, unit);
      return shape.required?.includes(member) ? [worded(undefined, at, 'Member must not be null')] : [];
    });
  }
  if (shape.type === 'list' && Array.isArray(value)) return [...own, ...itemViolations(shape, value, path, unit)];
  return own;
}

/** A list of strings is reported as a whole, a list of structures item by item, counted from 1. */
function itemViolations(shape: Of<'list'>, items: readonly unknown[], path: string, unit: LengthUnit): string[] {
  const member = shapeOf(shape.member);
  if (member.type === 'structure') {
    return items.flatMap((item, index) => {
      const at = join(path, `${index + 1}.member`);
      return item === undefined
        ? [worded(undefined, at, 'Member must not be null')]
        : violations(shape.member, item, at, unit);
    });
  }
  const broken = items.some((item) => item === undefined || constraints(member, item, unit).length > 0);
  return broken ? [worded(items, path, `Member must satisfy constraint: [${allConstraints(member).join(', ')}]`)] : [];
}

function constraints(shape: Shape, value: unknown, unit: LengthUnit): string[] {
  if (shape.type === 'string' && typeof value === 'string') {
    return [
      ...sizeConstraints(shape, lengthOf(value, unit), 'length'),
      ...(shape.pattern !== undefined && !wholeString(shape.pattern).test(value) ? [patternText(shape.pattern)] : []),
      ...(shape.enum && !shape.enum.includes(value) ? [enumText(shape.enum)] : []),
    ];
  }
  if (shape.type === 'list' && Array.isArray(value)) return sizeConstraints(shape, value.length, 'length');
  if (shape.type === 'integer' && typeof value === 'number') return sizeConstraints(shape, value, 'value');
  return [];
}

type Bounds = { min?: number; max?: number };

function sizeConstraints({ min, max }: Bounds, size: number, what: 'length' | 'value'): string[] {
  return [
    ...(max !== undefined && size > max ? [maxText(what, max)] : []),
    ...(min !== undefined && size < min ? [minText(what, min)] : []),
  ];
}

/** All constraints of a list's member: AWS's front end recites the whole set when one item breaks one. */
function allConstraints(shape: Shape): string[] {
  if (shape.type !== 'string') return ['Member must not be null'];
  return [
    ...(shape.max === undefined ? [] : [maxText('length', shape.max)]),
    ...(shape.min === undefined ? [] : [minText('length', shape.min)]),
    ...(shape.pattern === undefined ? [] : [patternText(shape.pattern)]),
    ...(shape.enum === undefined ? [] : [enumText(shape.enum)]),
  ];
}

const maxText = (what: string, max: number) => `Member must have ${what} less than or equal to ${max}`;
const minText = (what: string, min: number) => `Member must have ${what} greater than or equal to ${min}`;
const patternText = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
const enumText = (values: readonly string[]) => `Member must satisfy enum value set: [${values.join(', ')}]`;

const lengthOf = (text: string, unit: LengthUnit) => (unit === 'codePoints' ? [...text].length : text.length);

const compiled = new Map<string, RegExp>();

/** The model's patterns are Java's and cover the whole string; Java's `.` also excludes U+0085. */
function wholeString(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const dotsAsInJava = pattern.replace(/\\.|\[(?:\\.|[^\]])*\]|\./gu, (token) =>
    token === '.' ? '[^\\n\\r\\u0085\\u2028\\u2029]' : token,
  );
  const expression = new RegExp(`^(?:${dotsAsInJava})$`, 'u');
  compiled.set(pattern, expression);
  return expression;
}

function worded(value: unknown, path: string, constraint: string): string {
  const shown = value === undefined ? 'null' : `'${asJavaPrints(value)}'`;
  return `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

/** Lists as `[a, b]`, structures as `{name=value}`: the way Java prints what it refuses. */
function asJavaPrints(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asJavaPrints).join(', ')}]`;
  if (!isObject(value)) return String(value ?? null);
  const members = Object.entries(value).map(([name, member]) => `${lowerFirst(name)}=${asJavaPrints(member)}`);
  return `{${members.join(', ')}}`;
}

const join = (path: string, member: string) => (path === '' ? member : `${path}.${member}`);
const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
