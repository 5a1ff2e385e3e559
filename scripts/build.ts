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
  // Whitespace stays: a stack trace that quotes one line must not quote the whole program.
  minifySyntax: true,
  legalComments: 'linked',
  metafile: true,
  define: { __VERSION__: JSON.stringify(version) },
  banner: {
    js: [
      '#!/usr/bin/env node',
      // Before anything else is run: an older Node fails inside a dependency, with a message that helps nobody.
      "const [major, minor] = process.versions.node.split('.').map(Number);",
      'if (major < 22 || (major === 22 && minor < 19)) {',
      "  console.error('workteam-operator: Node 22.19 or newer is needed, and this is ' + process.version + '.');",
      '  process.exit(1);',
      '}',
      "import { createRequire as __createRequire } from 'node:module';",
      'const require = __createRequire(import.meta.url);',
    ].join('\n'),
  },
});

const bytes = result.metafile.outputs['dist/workteam-operator.js']?.bytes ?? 0;
console.log(`dist/workteam-operator.js ${(bytes / 1024).toFixed(0)} KiB`);
