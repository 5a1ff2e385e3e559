import type { Workteam } from '../../../src/workteam/schema.ts';
import type { ApiProxy, Fault, OpenWatch, Seen } from '../../support/api-proxy.ts';

/** What a proxy shows as it was. */
export interface Frozen {
  readonly lists: boolean;
  readonly reads: boolean;
  readonly watches: boolean;
}

/** A list of Workteams as the API server gave it. */
export interface View {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Workteam[];
}

/**
 * Makes the proxy answer about the Workteams of one namespace as they were in `view`, where that is asked for: an API server whose
 * cache hangs behind. Writes go through, and meet what is so by now. Takes over the proxy's `opened`; its `fault` is asked about
 * the rest.
 * @returns what ends it: what the watches held back comes then
 */
export function freeze(proxy: ApiProxy, namespace: string, view: View, frozen: Frozen): () => void {
  const others = proxy.fault;
  const held: OpenWatch[] = [];
  const collection = `/namespaces/${namespace}/workteams`;
  const hold = (watch: OpenWatch) => {
    if (!frozen.watches || !watch.seen.path.endsWith(collection)) return;
    watch.hold();
    held.push(watch);
  };
  for (const watch of proxy.watches) hold(watch);
  proxy.opened = hold;
  proxy.fault = (seen) => answerFrom(view, collection, frozen, seen) ?? others(seen);
  return () => {
    proxy.opened = () => {};
    proxy.fault = others;
    for (const watch of held) watch.release();
  };
}

function answerFrom(view: View, collection: string, frozen: Frozen, { method, path, query }: Seen): Fault | undefined {
  if (method !== 'GET' || query.get('watch') === 'true' || !path.includes(collection)) return undefined;
  if (path.endsWith(collection)) return frozen.lists ? { status: 200, body: view } : undefined;
  if (!frozen.reads) return undefined;
  const found = view.items.find(({ metadata }) => path.endsWith(`${collection}/${metadata.name}`));
  return found === undefined
    ? { status: 404, body: { kind: 'Status', code: 404, reason: 'NotFound', message: 'not there, in this view' } }
    : { status: 200, body: found };
}
