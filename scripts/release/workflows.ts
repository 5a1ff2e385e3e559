import { isScalar, parseDocument, visit } from 'yaml';

/** `owner/name@<commit> # v1.2.3`; a branch or a tag can be moved by whoever owns the action, a commit cannot. */
const PINNED = /^[^@\s]+@[0-9a-f]{40}$/;
const VERSION = /^\s*v\d+\.\d+\.\d+\s*$/;

/** One line for every action of a workflow that is not pinned by a commit, or without its version in a comment. */
export function looseActions(workflow: string): string[] {
  const loose: string[] = [];
  visit(parseDocument(workflow), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== 'uses' || !isScalar(value)) return;
      const action = String(value.value);
      // A workflow of this repository is of the same commit.
      if (action.startsWith('./')) return;
      if (!PINNED.test(action)) loose.push(`${action} is not pinned by a commit`);
      else if (!VERSION.test(value.comment ?? '')) loose.push(`${action} does not say which version it is`);
    },
  });
  return loose;
}

/** The permissions of a workflow: of all its jobs, and of each job that has its own; `undefined` where none are named. */
export function permissionsOf(workflow: string): Readonly<Record<string, unknown>> {
  const { permissions, jobs } = parseDocument(workflow).toJS() as {
    readonly permissions?: unknown;
    readonly jobs: Readonly<Record<string, { readonly permissions?: unknown }>>;
  };
  return {
    '*': permissions,
    ...Object.fromEntries(Object.entries(jobs).map(([job, its]) => [job, its.permissions])),
  };
}
