import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

/** In the path of each module of the Kubernetes client. */
const CLIENT = '/node_modules/@kubernetes/client-node/';
const RESOLVED = Symbol('resolved');
const STUB = 'left out of the bundle';

/**
 * Leaves out of the bundle what the program never calls; docs/decisions/0005-what-is-in-the-bundle.md has the figures.
 *
 * - Of `@kubernetes/client-node` we use KubeConfig. Its package does not say that its modules do nothing when they are
 *   loaded, so a bundler keeps a class for each kind of the API, the WebSocket client and tar.
 * - `undici` is what KubeConfig would make its own HTTP agents of (`createDispatcher`), and its API clients their requests. We have a
 *   transport of our own (docs/decisions/0001-kubernetes-transport.md). Whoever calls it all the same gets an error that says so.
 */
export const trim: Plugin = {
  name: 'trim',
  setup(build) {
    build.onResolve({ filter: /^(?:@kubernetes\/client-node$|\.)/ }, (args) => withoutSideEffects(build, args));
    build.onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer.includes(CLIENT) ? { path: 'undici', namespace: STUB, sideEffects: false } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: STUB }, ({ path }) => ({ contents: stubOf(path) }));
  },
};

async function withoutSideEffects(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const { path, importer, resolveDir, kind, pluginData } = args;
  if (pluginData === RESOLVED || (path.startsWith('.') && !importer.includes(CLIENT))) return undefined;
  const resolved = await build.resolve(path, { importer, resolveDir, kind, pluginData: RESOLVED });
  return { ...resolved, sideEffects: false };
}

/** Every name that the client imports; a new one fails the build. */
const UNDICI_NAMES = ['Agent', 'ProxyAgent', 'fetch'];

function stubOf(name: string): string {
  const why = `${name} is not in the bundle: requests to the API server go through src/kubernetes/transport.ts`;
  const each = UNDICI_NAMES.map(
    (exported) => `export function ${exported}() { throw new Error(${JSON.stringify(why)}); }`,
  );
  return each.join('\n');
}
