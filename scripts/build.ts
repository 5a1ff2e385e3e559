/** Bundles the program into one ESM file, `dist/workteam-operator.js`, that runs with `node` from an empty folder. */
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };

const result = await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/workteam-operator.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  mainFields: ['module', 'main'],
  conditions: ['module'],
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  metafile: true,
  define: { __VERSION__: JSON.stringify(version) },
  banner: {
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as __createRequire } from 'node:module';",
      'const require = __createRequire(import.meta.url);',
    ].join('\n'),
  },
});

const bytes = result.metafile.outputs['dist/workteam-operator.js']?.bytes ?? 0;
console.log(`dist/workteam-operator.js ${(bytes / 1024).toFixed(0)} KiB`);
