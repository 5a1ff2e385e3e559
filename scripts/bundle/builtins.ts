import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

const NAMES = 'names of Node';
const WHOLE = 'of Node';

/**
 * Takes of a module of Node what is imported of it, and no more. An `import` that Node itself resolves reads all that the
 * module exports, and some of that is loaded when it is read: `http.WebSocket` is the whole of Node's own `fetch`, and even
 * to ask what kind of property `util.diff` is loads it.
 */
export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?[a-z][a-z_0-9/]*$/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      const module = { path: path.replace(/^node:/, ''), sideEffects: false };
      if (kind === 'import-statement') return { ...module, namespace: NAMES };
      // `await import('node:https')` hands out all names, so each is looked up when it is used.
      return kind === 'dynamic-import' ? { ...module, namespace: WHOLE } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: NAMES }, ({ path }) => ({ contents: namesOf(path) }));
    build.onLoad({ filter: /.*/, namespace: WHOLE }, ({ path }) => ({ contents: `module.exports = ${take(path)};` }));
  },
};

/** Marked as without side effects, so that a name which nobody imports is left out. */
function namesOf(path: string): string {
  const names = Object.getOwnPropertyNames(process.getBuiltinModule(`node:${path}`) ?? {}).filter(isPlain);
  return [
    `const it = ${take(path)};`,
    'export default it;',
    ...names.map((name) => `const its_${name} = /* @__PURE__ */ (() => it.${name})();`),
    ...names.map((name) => `export { its_${name} as ${name} };`),
  ].join('\n');
}

function take(path: string): string {
  return `process.getBuiltinModule(${JSON.stringify(`node:${path}`)})`;
}

/** Whether it can be written after a dot and imported by name. */
function isPlain(name: string): boolean {
  return /^[a-z]\w*$/i.test(name) && name !== 'default';
}
