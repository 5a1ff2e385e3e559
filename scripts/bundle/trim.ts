import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

/** In the path of each module of the Kubernetes client. */
const CLIENT = '/node_modules/@kubernetes/client-node/';
const RESOLVED = Symbol('resolved');
const STUB = 'left out of the bundle';

/** A module that the program never calls anything of, and whose modules ask for it. */
interface Uncalled {
  readonly module: RegExp;
  readonly importer: string;
  /** Every name that is imported of it, where it is `import`: a new one fails the build. */
  readonly names?: readonly string[];
  /** What whoever calls it all the same is told. */
  readonly why: string;
}

const UNCALLED: readonly Uncalled[] = [
  {
    module: /^undici$/,
    importer: CLIENT,
    names: ['Agent', 'ProxyAgent', 'fetch'],
    why: 'requests to the API server go through src/kubernetes/transport.ts',
  },
  {
    module: /^\.\/lib\/(?:summary|pushgateway|cluster)$/,
    importer: '/node_modules/prom-client/index.js',
    why: 'src/telemetry/metrics.ts has counters, gauges and histograms of one process that is scraped',
  },
  {
    module: /^\.\/crc32\/Crc32Node$/,
    importer: '/node_modules/@smithy/core/dist-es/submodules/checksum/',
    names: ['Crc32Node'],
    why: 'SageMaker has no event streams, whose pieces have such checksums',
  },
  { module: /^@opentelemetry\/api$/, importer: '/node_modules/prom-client/', why: 'there are no exemplars' },
  {
    module: /^\.\/(?:lib\/)?transport$/,
    importer: '/node_modules/pino/',
    why: 'src/telemetry/log.ts writes to a stream of its own',
  },
];

/**
 * Leaves out of the bundle what the program never calls; docs/decisions/0005-what-is-in-the-bundle.md has the figures.
 * Of `@kubernetes/client-node` we use KubeConfig. Its package does not say that its modules do nothing when they are
 * loaded, so a bundler keeps a class for each kind of the API, the WebSocket client and tar.
 */
export const trim: Plugin = {
  name: 'trim',
  setup(build) {
    build.onResolve({ filter: /^(?:@kubernetes\/client-node$|\.)/ }, (args) => withoutSideEffects(build, args));
    for (const { module, importer, names, why } of UNCALLED) {
      build.onResolve({ filter: module }, ({ path, importer: asking }) =>
        asking.includes(importer)
          ? { path, namespace: STUB, sideEffects: false, pluginData: stubOf(path, names, why) }
          : undefined,
      );
    }
    build.onLoad({ filter: /.*/, namespace: STUB }, ({ pluginData }) => ({ contents: pluginData }));
  },
};

async function withoutSideEffects(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  const { path, importer, resolveDir, kind, pluginData } = args;
  if (pluginData === RESOLVED || (path.startsWith('.') && !importer.includes(CLIENT))) return undefined;
  const resolved = await build.resolve(path, { importer, resolveDir, kind, pluginData: RESOLVED });
  return { ...resolved, sideEffects: false };
}

function stubOf(path: string, names: readonly string[] | undefined, why: string): string {
  const body = `{ throw new Error(${JSON.stringify(`${path} is not in the bundle: ${why}`)}); }`;
  if (names === undefined) return `module.exports = function () ${body};`;
  return names.map((name) => `export function ${name}() ${body}`).join('\n');
}
