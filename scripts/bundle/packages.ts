import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of others, some of whose code is in the bundle. */
export interface BundledPackage {
  /** Relative to the repository: `node_modules/zod`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** As it declares it, an SPDX identifier or expression. */
  readonly licence: string;
  readonly description: string;
  /** The names of what it depends on, in the bundle or not. */
  readonly dependencies: readonly string[];
  /** Its licence and notice files; empty when it ships none. */
  readonly texts: readonly string[];
}

/**
 * The packages that esbuild really put into the bundle, sorted by name and version; a dependency whose code was dropped
 * is not among them.
 * @throws Error when one declares no licence
 */
export async function bundledPackages({ outputs }: Metafile): Promise<BundledPackage[]> {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const kept = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  const folders = new Set(kept.map(packageFolderOf).filter((folder) => folder !== undefined));
  const packages = await Promise.all([...folders].map(readPackage));
  return packages.toSorted((one, other) => compare(one.name, other.name) || compare(one.version, other.version));
}

/** `node_modules/a/node_modules/@b/c` of a file below it; `undefined` of one of our own. */
export function packageFolderOf(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

/** The packages of the bundle that one of them, or the program itself (folder ''), depends on directly. */
export function dependenciesOf(
  { folder, dependencies }: Pick<BundledPackage, 'folder' | 'dependencies'>,
  packages: readonly BundledPackage[],
): BundledPackage[] {
  return dependencies.flatMap((name) => {
    // As Node looks for it: in the nearest node_modules first, then further up.
    for (let from: string | undefined = folder; from !== undefined; from = parentOf(from)) {
      const found = packages.find((candidate) => candidate.folder === join(from, 'node_modules', name));
      if (found !== undefined) return [found];
    }
    return [];
  });
}

/** The folder whose node_modules a package is in; `undefined` of the repository itself. */
function parentOf(folder: string): string | undefined {
  if (folder === '') return undefined;
  return folder.slice(0, Math.max(folder.lastIndexOf('node_modules') - 1, 0));
}

const LICENCE_FILE = /^(?:(?:un)?licen[cs]e|copying|notice)/i;

async function readPackage(folder: string): Promise<BundledPackage> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license: licence, description = '', dependencies, peerDependencies } = manifest;
  if (typeof licence !== 'string') throw new Error(`${folder} declares no licence: find out, or do without it`);
  const files = (await readdir(folder)).filter((file) => LICENCE_FILE.test(file)).toSorted(compare);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  return { folder, name, version, licence, description, dependencies: names.toSorted(compare), texts };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: unknown;
  readonly description?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** By code unit: the same order under every locale. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
