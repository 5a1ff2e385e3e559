import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

const BUILTIN = 'of Node';

/**
 * Takes modules of Node as `require` would. An `import` of one reads all that it exports, and to read `http.WebSocket` loads
 * the whole of Node's own `fetch`.
 */
export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?[a-z][a-z_0-9/]*$/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path)
        ? { path: path.replace(/^node:/, ''), namespace: BUILTIN, sideEffects: false }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(`node:${path}`)});`,
    }));
  },
};
