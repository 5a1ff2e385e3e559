import { access, chmod, copyFile, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Buildah } from './buildah.ts';
import { ask, findProgram } from './programs.ts';

/** The names under which the workshop knows them. */
export const BUILD_BASE = 'localhost/build-base';
export const RUN_BASE = 'localhost/run-base';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const AUTHORITIES = '/etc/ssl/certs/of-the-builder.pem';

/**
 * Stand-ins for the base images that the Dockerfile names, for where no registry of images can be reached. The first has
 * a shell, Node and npm, with this user's settings of npm. The second is as bare as a distroless one: Node, the libraries
 * that it is linked with, and nothing else.
 * @param debian a tar file with a root filesystem
 * @param node the program that both run
 * @returns the folder with the files of the second
 */
export async function makeBases(buildah: Buildah, debian: string, node: string): Promise<string> {
  const libraries = await makeBuildBase(buildah, debian, node);
  return makeRunBase(buildah, node, libraries);
}

interface Library {
  /** Where Node looks for it. */
  readonly path: string;
  /** Where it is now. */
  readonly file: string;
}

async function makeBuildBase(buildah: Buildah, debian: string, node: string): Promise<Library[]> {
  const container = await buildah.from('scratch');
  await buildah.run(['add', container, debian, '/']);
  await buildah.run(['copy', container, node, '/usr/local/bin/node']);
  await buildah.run(['copy', container, await npmFolder(), '/usr/local/lib/node_modules/npm']);
  await buildah.run(['run', container, '--', 'ln', '-s', NPM, '/usr/local/bin/npm']);
  const settings = await npm('config', 'get', 'userconfig');
  if (await isReadable(settings)) await buildah.run(['copy', container, settings, '/root/.npmrc']);
  const environment = [`PATH=${PATH}`];
  const authorities = process.env.NODE_EXTRA_CA_CERTS;
  if (authorities !== undefined) {
    await buildah.run(['copy', container, authorities, AUTHORITIES]);
    environment.push(`NODE_EXTRA_CA_CERTS=${AUTHORITIES}`);
  }
  await buildah.run(['config', ...environment.map((variable) => `--env=${variable}`), container]);
  const linked = await buildah.ask(['run', container, '--', 'ldd', '/usr/local/bin/node']);
  await buildah.run(['commit', container, BUILD_BASE]);
  const root = await buildah.ask(['mount', container]);
  return librariesIn(linked).map((path) => ({ path, file: join(root, path) }));
}

const NPM = '../lib/node_modules/npm/bin/npm-cli.js';

async function makeRunBase(buildah: Buildah, node: string, libraries: readonly Library[]): Promise<string> {
  const root = join(buildah.folder, 'run-base');
  for (const { path, file } of [{ path: '/nodejs/bin/node', file: node }, ...libraries]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(file, join(root, path));
    await chmod(join(root, path), 0o755);
  }
  const container = await buildah.from('scratch');
  await buildah.run(['copy', container, root, '/']);
  await buildah.run(['config', '--entrypoint', '["/nodejs/bin/node"]', '--user', '65532', container]);
  await buildah.run(['commit', container, RUN_BASE]);
  return root;
}

/** The files that `ldd` names: `libc.so.6 => /lib/…/libc.so.6 (0x…)`, `/lib64/ld-linux-x86-64.so.2 (0x…)`. */
export function librariesIn(ldd: string): string[] {
  return [...ldd.matchAll(/(?:^|=>)\s*(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path);
}

/** Where this user's npm keeps what it has downloaded. */
export function npmCache(): Promise<string> {
  return npm('config', 'get', 'cache');
}

/** Where npm itself is: `<folder>/bin/npm-cli.js` is what one calls. */
async function npmFolder(): Promise<string> {
  const program = await findProgram('npm', process.env.PATH ?? '');
  if (program === undefined) throw new Error('There is no npm on the PATH.');
  return dirname(dirname(await realpath(program)));
}

function npm(...args: readonly string[]): Promise<string> {
  return ask(['npm', ...args]);
}

function isReadable(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
