/** The CustomResourceDefinition, generated from the schema. */
import * as z from 'zod';
import { GROUP, KIND, PLURAL, VERSION, workteam } from './schema.ts';

/** One node of an OpenAPI schema as Kubernetes takes it ("structural"). */
export interface SchemaNode {
  [keyword: string]: unknown;
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  additionalProperties?: SchemaNode | boolean;
}

/** A CustomResourceDefinition, as far as anyone here looks into it. */
export interface CustomResourceDefinition {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    group: string;
    scope: string;
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: string[];
      categories: string[];
    };
    versions: {
      name: string;
      served: boolean;
      storage: boolean;
      subresources: { status: object };
      additionalPrinterColumns: { name: string; type: string; jsonPath: string; priority?: number }[];
      schema: { openAPIV3Schema: SchemaNode };
    }[];
  };
}

/** The definition to apply to a cluster. The same bytes each time once serialised. */
export function workteamCrd(): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: KIND.toLowerCase(),
        shortNames: ['wt'],
        categories: ['aws'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: openAPIV3Schema() },
        },
      ],
    },
  };
}

const printerColumns = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
  { name: 'Work team', type: 'string', jsonPath: '.status.workteamName' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'ARN', type: 'string', priority: 1, jsonPath: '.status.workteamArn' },
  { name: 'Region', type: 'string', priority: 1, jsonPath: '.status.region' },
];

/**
 * The schema of a whole object. The API server has a schema of its own for metadata. A new object's status says -1, or
 * tools that compare generations would take it for current before the operator has seen it.
 */
function openAPIV3Schema(): SchemaNode {
  const root = structural(z.toJSONSchema(workteam, { target: 'openapi-3.0', io: 'input' }) as SchemaNode);
  const { spec = {}, status = {} } = root.properties ?? {};
  return {
    ...root,
    required: ['spec'],
    properties: {
      apiVersion: { description: `Always ${GROUP}/${VERSION}.`, type: 'string' },
      kind: { description: `Always ${KIND}.`, type: 'string' },
      metadata: { type: 'object' },
      spec,
      status: inOrder({ ...status, default: { observedGeneration: -1 } }),
    },
  };
}

/** What Kubernetes takes of a JSON schema: the same without the noise that zod adds. */
function structural(node: SchemaNode): SchemaNode {
  const kept: SchemaNode = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword !== '$schema' && !isLimitOfJavaScript(value)) kept[keyword] = value;
  }
  const { properties, items, additionalProperties } = node;
  if (properties !== undefined) {
    kept.properties = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, structural(child)]));
  }
  if (items !== undefined) kept.items = structural(items);
  if (typeof additionalProperties === 'object') kept.additionalProperties = structural(additionalProperties);
  return inOrder(kept);
}

/** zod bounds every integer by what a double can hold. */
function isLimitOfJavaScript(value: unknown): boolean {
  return value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER;
}

/** In this order a reader wants the keywords; the ones that nest come last. */
const ORDER = ['description', 'type', 'format', 'enum', 'default', 'minLength', 'maxLength', 'pattern'];
const NESTING = ['required', 'x-kubernetes-validations', 'properties', 'items', 'additionalProperties'];

function inOrder(node: SchemaNode): SchemaNode {
  const rank = (keyword: string) => {
    const first = ORDER.indexOf(keyword);
    return first >= 0 ? first : ORDER.length + 1 + NESTING.indexOf(keyword);
  };
  return Object.fromEntries(Object.entries(node).sort(([a], [b]) => rank(a) - rank(b)));
}
