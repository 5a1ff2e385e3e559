import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

const LATER = 'loaded when first used';

/** Packages for kubeconfigs that name a proxy, and for manifests: an operator in a pod needs none of them. */
const SELDOM = ['hpagent', 'socks', 'socks-proxy-agent', 'yaml'] as const;

/**
 * Loads seldom used packages when something of them is first used: `import` then only stands for names. They stay in the one
 * file; what is not run costs little.
 */
export const later: Plugin = {
  name: 'later',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^(?:${SELDOM.join('|')})$`) }, async (args) => {
      // `require` is what loads it, and another of them asks for it when it is itself loaded.
      if (args.kind !== 'import-statement' || args.pluginData === LATER) return undefined;
      const { path, importer, resolveDir, kind } = args;
      const resolved = await build.resolve(path, { importer, resolveDir, kind, pluginData: LATER });
      return { path, namespace: LATER, pluginData: resolved.path };
    });
    build.onLoad({ filter: /.*/, namespace: LATER }, async ({ pluginData: file }) => ({
      contents: namesOf(file, Object.keys(await import(pathToFileURL(file).href))),
      resolveDir: process.cwd(),
    }));
  },
};

/** Not names that a bundler looks at by itself: to ask for `__esModule` would load the package. */
const NOT_USED = ['default', 'module.exports', '__esModule'];

function namesOf(file: string, exported: readonly string[]): string {
  const names = exported.filter((name) => !NOT_USED.includes(name));
  const getters = names.map((name) => `get ${name}() { return require(${JSON.stringify(file)}).${name}; },`);
  return `module.exports = {\n${getters.join('\n')}\n};`;
}
