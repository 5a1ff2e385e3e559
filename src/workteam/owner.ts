import type { Tags } from './observed.ts';
import { OWNER_TAG_KEY } from './schema.ts';

/** The one Workteam that owns a work team: the content of the owner tag, `<cluster-id>/<namespace>/<name>`. */
export interface Owner {
  readonly clusterId: string;
  readonly namespace: string;
  readonly name: string;
}

/** The value of the owner tag. A cluster id, a namespace and a name (63 characters each at most) hold no slash and fit a tag. */
export function ownerTag(owner: Owner): string {
  return `${owner.clusterId}/${owner.namespace}/${owner.name}`;
}

/** What Kubernetes takes for the name of a namespace or an object. */
const KUBERNETES_NAME = /^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/;

/** Reads an owner tag; `undefined` for a value that no operator of ours could have written. */
export function parseOwnerTag(value: string): Owner | undefined {
  const [clusterId, namespace, name, ...rest] = value.split('/');
  if (!clusterId || !namespace || !name || rest.length > 0) return undefined;
  if (!KUBERNETES_NAME.test(namespace) || !KUBERNETES_NAME.test(name)) return undefined;
  return { clusterId, namespace, name };
}

/** Whose a work team is, by its owner tag and nothing else: not by a finalizer, not by a status. */
export type Ownership =
  | { readonly kind: 'ours' }
  | { readonly kind: 'unowned' }
  /** Tagged by another Workteam of this very cluster, which may or may not still exist. */
  | { readonly kind: 'sibling'; readonly owner: Owner }
  | { readonly kind: 'foreign'; readonly tag: string };

/** Reads the ownership of a work team with these tags, as seen by `self`. */
export function ownershipOf(tags: Tags, self: Owner): Ownership {
  const tag = tags[OWNER_TAG_KEY];
  if (tag === undefined) return { kind: 'unowned' };
  if (tag === ownerTag(self)) return { kind: 'ours' };
  const owner = parseOwnerTag(tag);
  return owner?.clusterId === self.clusterId ? { kind: 'sibling', owner } : { kind: 'foreign', tag };
}

/** The owner tag of a team that is not ours, for messages; `undefined` when it has none. */
export function ownerText(ownership: Ownership): string | undefined {
  switch (ownership.kind) {
    case 'ours':
    case 'unowned':
      return undefined;
    case 'sibling':
      return ownerTag(ownership.owner);
    case 'foreign':
      return ownership.tag;
    default:
      return ownership satisfies never;
  }
}
