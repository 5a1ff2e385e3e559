import { readFile } from 'node:fs/promises';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { trim } from './trim.ts';

/** The program, in one file. */
export const BUNDLE = 'dist/workteam-operator.js';

/**
 * Bundles the program, and says what went into it. The same sources and dependencies give the same bytes on every
 * machine.
 * @throws Error of esbuild, which has printed what is wrong
 */
export async function bundle({ write }: { readonly write: boolean }): Promise<Metafile> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const { metafile } = await build({ ...bundleOptions(version), metafile: true, write });
  return metafile;
}

/** How the program is bundled; `version` is what it says it is. */
export function bundleOptions(version: string): BuildOptions {
  return {
    entryPoints: ['src/main.ts'],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    // Whitespace stays: a stack trace that quotes one line must not quote the whole program.
    minifySyntax: true,
    plugins: [trim],
    // Notices inside the sources of others stay with the one file; whole licences are in a file of their own.
    legalComments: 'eof',
    define: { __VERSION__: JSON.stringify(version) },
    banner: { js: BANNER },
  };
}

const BANNER = [
  '#!/usr/bin/env node',
  // Before anything else is run: an older Node fails inside a dependency, with a message that helps nobody.
  "const [major, minor] = process.versions.node.split('.').map(Number);",
  'if (major < 22 || (major === 22 && minor < 19)) {',
  "  console.error('workteam-operator: Node 22.19 or newer is needed, and this is ' + process.version + '.');",
  '  process.exit(1);',
  '}',
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');
