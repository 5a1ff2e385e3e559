import * as sdk from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import { operations } from '../../../dev/sagemaker/operations/index.ts';
import { type ShapeName, shapes } from '../../../dev/sagemaker/shapes.ts';

/** The SDK's structure schemas: kind 3, namespace, name, traits, member names, member shapes, how many of the first are required. */
interface StructureSchema {
  readonly name: string;
  readonly members: readonly string[];
  readonly required: readonly string[];
}

const exported = sdk as unknown as Readonly<Record<string, unknown>>;

function structureSchema(name: string): StructureSchema | undefined {
  const schema = exported[`${name}$`];
  if (!Array.isArray(schema) || schema[0] !== 3) return undefined;
  const members: string[] = schema[4];
  return { name: schema[2], members, required: members.slice(0, schema[6] ?? 0) };
}

const structures = Object.entries(shapes).flatMap(([name, shape]) =>
  shape.type === 'structure' ? [{ name: name as ShapeName, shape }] : [],
);

/** Structures of answers of which the emulator knows a part. */
const PARTIAL = ['Workforce', 'OidcConfigForResponse'];

test('every operation of the table is one of the SDK, with the same request and answer', () => {
  for (const [name, { input, output }] of operations) {
    const schema = exported[`${name}$`];
    if (!Array.isArray(schema)) throw new Error(`the SDK has no operation ${name}`);
    expect([name, schema[4]()[2], schema[5]()[2]]).toEqual([name, input, output]);
  }
});

describe('the shape table has the members and required members of the SDK', () => {
  test.each(structures)('$name', ({ name, shape }) => {
    const schema = structureSchema(name);
    if (!schema) throw new Error(`the SDK has no structure ${name}`);
    const members = Object.keys(shape.members);
    if (PARTIAL.includes(name)) expect(schema.members).toEqual(expect.arrayContaining(members));
    else expect(members.toSorted()).toEqual(schema.members.toSorted());
    expect([...('required' in shape ? shape.required : [])].toSorted()).toEqual(schema.required.toSorted());
  });
});

test.each(['EnabledOrDisabled', 'SortOrder', 'WorkforceStatus'] as const)(
  'the values of %s are those of the SDK',
  (name) => {
    const values: unknown = exported[name];
    expect(shapes[name].enum.toSorted()).toEqual(Object.values(values as object).toSorted());
  },
);

test('every member of every shape is in the table', () => {
  const named = Object.values(shapes).flatMap((shape) =>
    shape.type === 'structure' ? Object.values<string>(shape.members) : shape.type === 'list' ? [shape.member] : [],
  );
  expect(named.filter((name) => !Object.hasOwn(shapes, name))).toEqual([]);
});
