/** Workteams as people write them: YAML or JSON, checked as the API server would, each problem with its file and line. */
import { type Document, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Tags } from 'yaml';
import { type SchemaNode, workteamCrd } from '../workteam/crd.ts';
import { isRecord } from '../workteam/json.ts';
import {
  API_VERSION,
  checkSpec,
  GROUP,
  KIND,
  problemText,
  type SpecProblem,
  type WorkteamSpec,
} from '../workteam/schema.ts';
import type { Problem, Source } from './manifest-files.ts';
import { lineOf, repeatedKeys } from './manifest-lines.ts';

/** A Workteam that the API server would accept on create. */
export interface Manifest {
  readonly file: string;
  /** Where its object begins, from 1. */
  readonly line: number;
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: WorkteamSpec;
}

/** What is in a set of files. */
export interface Manifests {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly Problem[];
  /** How many documents are something else than Workteams. */
  readonly passedOver: number;
}

/** As many aliases of an object may be followed as the parser's authors find harmless; more is an attack. */
const MOST_ALIASES = 100;

/** Of one document, as many problems of YAML are told: later ones tend to follow from earlier ones. */
const MOST_PROBLEMS = 5;

/** Reads all Workteams of `sources`; those that name no namespace are in `namespace`. Never throws for what is written. */
export function readManifests(sources: readonly Source[], namespace: string): Manifests {
  const all: Manifest[] = [];
  const problems: Problem[] = [];
  let passedOver = 0;
  const schema = workteamCrd().spec.versions[0]?.schema.openAPIV3Schema ?? {};
  for (const source of sources) {
    for (const found of objectsIn(source)) {
      if (found.kind === 'other') passedOver += 1;
      else if (found.kind === 'problem') problems.push(found.problem);
      else {
        const checked = check(found, source.file, namespace, schema);
        problems.push(...checked.problems);
        if (checked.manifest !== undefined) all.push(checked.manifest);
      }
    }
  }
  const { manifests, repeated } = onceEach(all);
  return { manifests, problems: [...problems, ...repeated], passedOver };
}

/** The first of each namespace and name; the others are problems. */
function onceEach(all: readonly Manifest[]): { manifests: Manifest[]; repeated: Problem[] } {
  const firsts = new Map<string, Manifest>();
  const repeated: Problem[] = [];
  for (const manifest of all) {
    const { file, line, namespace, name } = manifest;
    const key = `${namespace}/${name}`;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, manifest);
    else repeated.push({ file, line, message: `Workteam ${key} is written in ${first.file}:${first.line} already` });
  }
  return { manifests: [...firsts.values()], repeated };
}

/** A Workteam in a document, and how to find its lines. */
interface Found {
  readonly kind: 'workteam';
  readonly node: unknown;
  readonly document: Document;
  readonly lineAt: (offset: number) => number;
}

type Item = Found | { readonly kind: 'other' } | { readonly kind: 'problem'; readonly problem: Problem };

function* objectsIn({ file, text }: Source): Iterable<Item> {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    // The parser would compare each key with each before it; `repeatedKeys` does not.
    uniqueKeys: false,
    // What kubectl reads: yes and no are booleans, and << merges. It takes a date for a text.
    version: '1.1',
    customTags: withoutTimes,
  });
  for (const document of 'empty' in documents ? [] : documents) {
    const broken = new Map<number, string>();
    for (const error of document.errors) {
      const line = lineAt(error.pos[0]);
      if (!broken.has(line) && broken.size < MOST_PROBLEMS) broken.set(line, notYaml(error));
    }
    for (const [line, message] of broken) yield { kind: 'problem', problem: { file, line, message } };
    if (broken.size === 0) yield* objectsOf(document.contents, document, lineAt);
  }
}

function* objectsOf(node: unknown, document: Document, lineAt: Found['lineAt']): Iterable<Item> {
  if (node === null || (isScalar(node) && node.value === null)) return;
  const kind = isMap(node) ? node.get('kind') : undefined;
  const group = isMap(node) ? String(node.get('apiVersion')).split('/')[0] : undefined;
  const items = isMap(node) && /List$/.test(String(kind)) ? node.get('items', true) : undefined;
  if (kind === KIND && group === GROUP) yield { kind: 'workteam', node, document, lineAt };
  else if (isSeq(items)) for (const item of items.items) yield* objectsOf(item, document, lineAt);
  else yield { kind: 'other' };
}

function withoutTimes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      !(tag.tag === 'tag:yaml.org,2002:timestamp' || ('format' in tag && tag.format === 'TIME')),
  );
}

function notYaml({ message }: { message: string }): string {
  return `not valid YAML: ${message.split('\n', 1)[0]}`;
}

interface Metadata {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly annotations?: unknown;
}

/** Checks one Workteam; there is a manifest exactly when there is no problem. */
function check(
  found: Found,
  file: string,
  fallback: string,
  schema: SchemaNode,
): { manifest?: Manifest; problems: Problem[] } {
  const { node, document, lineAt } = found;
  const begins = lineAt(isMap(node) ? (node.range?.[0] ?? 0) : 0);
  const twice = repeatedKeys(node).slice(0, MOST_PROBLEMS);
  if (twice.length > 0) {
    const message = 'a key is written twice in the same place';
    return { problems: twice.map((offset) => ({ file, line: lineAt(offset), message })) };
  }
  let value: Record<string, unknown>;
  try {
    value = isMap(node) ? node.toJS(document, { maxAliasCount: MOST_ALIASES }) : {};
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const message = /^Excessive alias/.test(error.message)
      ? `follows more than ${MOST_ALIASES} aliases: write out what they stand for`
      : `not valid YAML: ${error.message}`;
    return { problems: [{ file, line: begins, message }] };
  }
  if (holdsItself(value))
    return { problems: [{ file, line: begins, message: 'an alias stands inside what it stands for' }] };
  const metadata: Metadata = isRecord(value.metadata) ? value.metadata : {};
  const name = typeof metadata.name === 'string' ? metadata.name : '';
  const namespace = isLeftOut(metadata.namespace) ? fallback : metadata.namespace;
  const spec = checkSpec(value.spec, name === '' ? 'name' : name);
  const wrong = [
    ...objectProblems(value, metadata),
    ...unknownIn(value, schema, []),
    ...(spec.ok ? [] : spec.problems),
  ];
  if (!spec.ok || wrong.length > 0 || typeof namespace !== 'string') {
    const texts = new Map(wrong.map((problem) => [problemText(problem), problem]));
    return {
      problems: [...texts].map(([message, { path }]) => ({
        file,
        line: lineOf(node, path, lineAt) ?? begins,
        message,
      })),
    };
  }
  const annotations = isRecord(metadata.annotations) ? metadata.annotations : {};
  const texts = Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const manifest = { file, line: begins, namespace, name, annotations: Object.fromEntries(texts), spec: spec.spec };
  return { manifest, problems: [] };
}

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What the API server checks of every object, as far as a Workteam's own schema says nothing of it. */
function objectProblems({ apiVersion }: Record<string, unknown>, { name, namespace }: Metadata): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const complain = (path: string[], message: string): void => void problems.push({ path, message });
  if (apiVersion !== API_VERSION) complain(['apiVersion'], `Unsupported value: supported values: "${API_VERSION}"`);
  if (isLeftOut(name))
    complain(['metadata', 'name'], 'Required value: a name that is generated later cannot be planned for');
  else if (typeof name !== 'string') complain(['metadata', 'name'], 'Invalid value: must be of type string');
  else if (!SUBDOMAIN.test(name) || name.length > 253)
    complain(
      ['metadata', 'name'],
      "Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    );
  if (!isLeftOut(namespace) && !(typeof namespace === 'string' && LABEL.test(namespace)))
    complain(
      ['metadata', 'namespace'],
      "Invalid value: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    );
  return problems;
}

/** Fields that the schema does not have: kubectl refuses to apply them, and the API server would drop them. */
function unknownIn(value: unknown, schema: SchemaNode, path: SpecProblem['path']): SpecProblem[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => (schema.items ? unknownIn(item, schema.items, [...path, index]) : []));
  const { properties } = schema;
  if (!isRecord(value) || properties === undefined) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const field = [...path, key];
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return known === undefined ? [{ path: field, message: 'unknown field' }] : unknownIn(member, known, field);
  });
}

/** Whether a value is inside itself, as an alias can make it. */
function holdsItself(value: unknown, around: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return around.includes(value) || Object.values(value).some((member) => holdsItself(member, [...around, value]));
}

/** As the API server sees it. */
function isLeftOut(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
