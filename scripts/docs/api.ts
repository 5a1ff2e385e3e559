/** docs/reference/api.md: every field of a Workteam, and every name that the operator puts anywhere, from the schema. */
import { CONDITION_REASONS } from '../../src/workteam/conditions.ts';
import { type SchemaNode, workteamCrd } from '../../src/workteam/crd.ts';
import {
  API_VERSION,
  FINALIZER,
  GROUP,
  KIND,
  OWN_TAG_PREFIX,
  OWNER_TAG_KEY,
  PLURAL,
  REQUESTED_AT_ANNOTATION,
} from '../../src/workteam/schema.ts';
import { code, page, table } from './markdown.ts';

/** What is meant when a field with a choice is left out; nothing is ever filled in. The descriptions say the same. */
const MEANT: Readonly<Record<string, string>> = {
  'spec.deletionPolicy': 'Delete',
  'spec.adoptionPolicy': 'Never',
  'spec.managementPolicy': 'Manage',
  'spec.suspend': 'false',
};

/** The page. */
export function apiPage(): string {
  const { spec } = workteamCrd();
  const root = spec.versions[0]?.schema.openAPIV3Schema ?? {};
  const fixed = immutable(root);
  return page(
    'API',
    `${code(API_VERSION)}, kind ${code(KIND)}, plural ${code(PLURAL)}, short name ${code(spec.names.shortNames.join())}, category ${code(spec.names.categories.join())}, namespaced, with a status subresource. ${text(root.description)}`,
    'Nothing in the spec is ever filled in: what is written there stays as it is. The messages of the rules are in [messages](messages.md#refused-by-the-api-server).',
    '## spec',
    fields(root, 'spec', fixed),
    '## status',
    `Written by the operator alone, and only when it changes. Until it has seen an object: ${code(JSON.stringify(root.properties?.status?.default ?? {}))}.`,
    fields(root, 'status', fixed),
    '## Conditions',
    `Each with the reasons that it can have; [troubleshooting](../troubleshooting.md) goes through them.`,
    table(
      ['type', 'reasons'],
      Object.entries(CONDITION_REASONS).map(([type, reasons]) => [code(type), reasons.map(code).join(' ')]),
    ),
    '## Names on objects and work teams',
    table(
      ['what', 'name', 'who sets it, and what it means'],
      [
        [
          'finalizer',
          code(FINALIZER),
          'the operator, before its first write to AWS: a deleted Workteam stays until it is done with',
        ],
        [
          'annotation',
          code(REQUESTED_AT_ANNOTATION),
          'you: any new value asks for a look now; its first 256 characters are echoed in `status.lastHandledReconcileAt`',
        ],
        [
          'tag of the work team',
          code(OWNER_TAG_KEY),
          'the operator: `CLUSTER-ID/NAMESPACE/NAME`, whose the work team is; nothing else decides that',
        ],
        [
          'tags of the work team',
          code(`${OWN_TAG_PREFIX}*`),
          `reserved for the operator; refused in ${code('spec.tags')}, as is ${code('aws:*')}`,
        ],
        ['labels', 'none', `the operator sets no label, and no annotation of its own, on a Workteam`],
        ['API group', code(GROUP), 'of the CRD, the finalizer and the annotation'],
      ],
    ),
    '## Columns',
    `What ${code('kubectl get workteams')} prints, and with ${code('-o wide')} the last ones: ${columns()}.`,
  );
}

function columns(): string {
  const [version] = workteamCrd().spec.versions;
  return (version?.additionalPrinterColumns ?? [])
    .map(({ name, jsonPath }) => `${name} (${code(jsonPath)})`)
    .join(', ');
}

/** Paths that a rule about edits names; such a rule says so in its message. */
function immutable(root: SchemaNode): ReadonlySet<string> {
  return new Set(
    rulesOf(root).flatMap(({ message, fieldPath = '' }) =>
      / cannot change/.test(message) ? [fieldPath.slice(1)] : [],
    ),
  );
}

function rulesOf(node: SchemaNode): { message: string; fieldPath?: string }[] {
  return (node['x-kubernetes-validations'] ?? []) as { message: string; fieldPath?: string }[];
}

function fields(root: SchemaNode, part: string, fixed: ReadonlySet<string>): string {
  const rows: string[][] = [];
  const visit = (node: SchemaNode, path: string): void => {
    const required = new Set((node.required ?? []) as string[]);
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      const at = `${path}.${name}`;
      rows.push([code(at), typeOf(child), traits(child, at, required.has(name), fixed), text(child.description)]);
      visit(child, at);
      if (child.items !== undefined) visit(child.items, `${at}[]`);
    }
  };
  const node = root.properties?.[part];
  if (node !== undefined) visit(node, part);
  return table(['field', 'type', 'bounds', 'meaning'], rows);
}

function typeOf({ type, items, additionalProperties, format }: SchemaNode): string {
  if (items !== undefined) return `list of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return `map of ${typeOf(additionalProperties)}`;
  return `${type}${format === undefined ? '' : ` (${format})`}`;
}

/** Bounds, choices, defaults, and whether it can change. */
function traits(node: SchemaNode, path: string, required: boolean, fixed: ReadonlySet<string>): string {
  const traits: string[] = [];
  if (required) traits.push('required');
  traits.push(...boundsOf(node));
  if (node.items !== undefined) traits.push(...boundsOf(node.items).map((bound) => `each ${bound}`));
  if (typeof node.additionalProperties === 'object') {
    traits.push(...boundsOf(node.additionalProperties).map((bound) => `values: ${bound}`));
  }
  if (node.default !== undefined) traits.push(`default ${code(JSON.stringify(node.default))}`);
  if (MEANT[path] !== undefined) traits.push(`${code(MEANT[path])} is meant when left out`);
  if (fixed.has(path)) traits.push('**cannot change**');
  return traits.join('; ');
}

function boundsOf(node: SchemaNode): string[] {
  const bounds: string[] = [];
  const range = (low: unknown, high: unknown, unit: string): void => {
    if (low === undefined && high === undefined) return;
    const from = low ?? 0;
    bounds.push(high === undefined ? `at least ${from} ${unit}`.trim() : `${from} to ${high} ${unit}`.trim());
  };
  range(node.minLength, node.maxLength, 'characters');
  range(node.minItems, node.maxItems, 'entries');
  range(node.minProperties, node.maxProperties, 'entries');
  range(node.minimum, node.maximum, '');
  if (node.pattern !== undefined) bounds.push(code(String(node.pattern)));
  if (Array.isArray(node.enum)) bounds.push(node.enum.map((choice) => code(String(choice))).join(' or '));
  const kind = node['x-kubernetes-list-type'] ?? node['x-kubernetes-map-type'];
  if (kind === 'atomic') bounds.push('applied as a whole');
  if (kind === 'set') bounds.push('a set');
  if (kind === 'map') bounds.push(`one for each ${code(String(node['x-kubernetes-list-map-keys']))}`);
  return bounds;
}

function text(description: unknown): string {
  return String(description ?? '').replaceAll(/\s+/g, ' ');
}
