/** What is tried of `spec`: new objects and edits, made from the schema of the CRD as it is shipped, and counted by it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { checkSpec } from '../../../src/workteam/schema.ts';
import {
  combinationsOfWords,
  examples,
  nodesOf,
  type Path,
  type Schema,
  valueAt,
  variantsOf,
  withValue,
} from './schema-values.ts';

/** A spec that is good, to start from. */
export interface Base {
  readonly title: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A spec to be tried. */
export interface Input {
  readonly title: string;
  readonly spec: unknown;
  /** Where the base was changed. */
  readonly path: Path;
}

const crd = parse(readFileSync('crds/workteams.workteams.dev.yaml', 'utf8'));

/** The schema of a whole object. */
export const objectSchema: Schema = crd.spec.versions[0].schema.openAPIV3Schema;

/** The schema of spec. */
export const specSchema: Schema = objectSchema.properties?.spec ?? {};

const isGood = (spec: unknown): spec is Readonly<Record<string, unknown>> => checkSpec(spec, 'name').ok;

/** Of each sort that the schema allows the smallest one, and the one that has everything. */
export const minimal: readonly Base[] = examples(specSchema, 'minimal')
  .filter(isGood)
  .map((spec, index) => ({ title: `minimal spec ${index + 1}`, spec }));

export const full: readonly Base[] = fullSpecs().map((spec, index) => ({ title: `full spec ${index + 1}`, spec }));

function fullSpecs(): Base['spec'][] {
  const [smallest] = minimal;
  if (smallest === undefined) throw new Error('no minimal spec that is made from the schema is good');
  const choices = Object.entries(specSchema.properties ?? {}).map(([name, node]) => {
    const good = examples(node, 'full').filter((value) => isGood({ ...smallest.spec, [name]: value }));
    // What is a word or a switch decides what the operator does at all; its first value is the usual one.
    return [name, node.type === 'object' || node.type === 'array' ? good : good.slice(0, 1)] as const;
  });
  const most = Math.max(...choices.map(([, values]) => values.length));
  const specs = Array.from({ length: most }, (_, choice) =>
    Object.fromEntries(choices.map(([name, values]) => [name, values[choice] ?? values[0]])),
  );
  const wrong = specs.find((spec) => !isGood(spec));
  if (wrong !== undefined)
    throw new Error(`a full spec that is made from the schema is no good: ${JSON.stringify(wrong)}`);
  return specs;
}

/** The fields of spec, as `memberDefinitions.0.oidcMemberDefinition`, with their schemas. */
export const fields: readonly (readonly [Path, Schema])[] = [...nodesOf(specSchema)];

const has = (base: Base, path: Path) => path.length === 1 || valueAt(base.spec, path.slice(0, -1)) !== undefined;

/** Every value of one field in a new object: in the first minimal spec that can have the field, and in the first full one. */
export function creations(path: Path, schema: Schema): Input[] {
  return [minimal, full].flatMap((bases, index) => {
    const base = bases.find((candidate) => has(candidate, path));
    if (base === undefined) return [];
    // Characters are read alike whatever else there is: once is enough.
    const odd = index === 0 || !minimal.some((candidate) => has(candidate, path));
    return variantsOf(schema, odd ? 'odd' : 'plain').map(([title, value]) => ({
      title: `${base.title} with ${path.join('.')} ${title}`,
      spec: withValue(base.spec, path, value),
      path,
    }));
  });
}

/** Every combination of the policies in a new object that is minimal otherwise. */
export function policies(): Input[] {
  const [base] = minimal;
  return combinationsOfWords(specSchema).map((chosen) => ({
    title: `${base?.title} with ${JSON.stringify(chosen)}`,
    spec: { ...base?.spec, ...chosen },
    path: [],
  }));
}

/** An edit of a Workteam that is there already. */
export interface Edit extends Input {
  readonly from: Base;
}

/** One field of a stored object: added to a minimal spec, changed and removed in a full one. */
export function edits(path: Path, schema: Schema): Edit[] {
  const from = full.find((candidate) => has(candidate, path));
  if (from === undefined) throw new Error(`no full spec has ${path.join('.')}`);
  const value = valueAt(from.spec, path.slice(0, 1));
  const added = minimal
    .filter(({ spec }) => path.length === 1 && valueAt(spec, path) === undefined)
    .map((base) => ({
      title: `${path[0]} is added to ${base.title}`,
      spec: withValue(base.spec, path, value),
      path,
      from: base,
    }));
  const changed = variantsOf(schema, 'plain').map(([title, other]) => ({
    title: `${from.title}: ${path.join('.')} ${title}`,
    spec: withValue(from.spec, path, other),
    path,
    from,
  }));
  return [...added, ...changed];
}
