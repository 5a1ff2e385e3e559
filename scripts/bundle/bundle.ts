import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { builtins } from './builtins.ts';
import { later } from './later.ts';
import { trim } from './trim.ts';

/** The program, in one file. */
export const BUNDLE = 'dist/workteam-operator.js';

/**
 * Bundles the program, and says what went into it. The same sources and dependencies give the same bytes on every
 * machine.
 * @throws Error of esbuild, which has printed what is wrong
 */
export async function bundle({ write }: { readonly write: boolean }): Promise<Metafile> {
  const { metafile, text } = await bundled();
  if (write) {
    await mkdir(dirname(BUNDLE), { recursive: true });
    await writeFile(BUNDLE, text);
  }
  return metafile;
}

/** What is written to that file, and what esbuild says about it. */
export async function bundled(): Promise<{ readonly metafile: Metafile; readonly text: string }> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const { metafile, outputFiles } = await build({ ...bundleOptions(version), metafile: true, write: false });
  return { metafile, text: outputFiles.map(({ text }) => ascii(text)).join('') };
}

/**
 * The same program in ASCII: a single other character anywhere, and V8 keeps two bytes of every character in memory. esbuild
 * has escaped what is in strings; in regular expressions, where it does not, this means the same, and in comments nothing.
 */
function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
    plugins: [trim, later, builtins],
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
