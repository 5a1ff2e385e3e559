import { execFile } from 'node:child_process';
import { glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = '1.46.3';
const run = promisify(execFile);

/** The AWS CLI in a virtual environment of its own. */
export interface AwsCli {
  /** Runs `aws <args>`; `output` is what it printed as JSON. */
  aws(
    environment: Record<string, string>,
    ...args: string[]
  ): Promise<{ code: number; output: unknown; stderr: string }>;
  /** The service model of SageMaker that the CLI works by (botocore's `service-2.json`). */
  sageMakerModel(): Promise<unknown>;
}

export const hasPython = () => runs('python3', '--version');

/**
 * The AWS CLI of the pinned version: from the cache, or installed from PyPI into it. Several processes may
 * ask at once: each builds a folder of its own, and the first one to be complete gets the name.
 * @throws Error when Python cannot make a virtual environment or pip cannot install
 */
export async function installAwsCli(): Promise<AwsCli> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'workteam-operator');
  const folder = join(cache, `awscli-${VERSION}`);
  await mkdir(cache, { recursive: true });
  if (!(await works(folder))) await build(folder);
  return { aws: (environment, ...args) => aws(folder, environment, args), sageMakerModel: () => model(folder) };
}

async function build(folder: string): Promise<void> {
  const scratch = await mkdtemp(`${folder}.`);
  try {
    await run('python3', ['-m', 'venv', scratch]).catch((error: Error) => {
      throw new Error(`python3 cannot make a virtual environment (Debian: install python3-venv): ${error.message}`);
    });
    await run(python(scratch), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `awscli==${VERSION}`,
    ]);
    const placed = await rename(scratch, folder).then(
      () => true,
      () => false,
    );
    if (placed || (await works(folder))) return; // where it was not placed, another process was faster
    await rm(folder, { recursive: true, force: true }); // made with a Python that is gone
    await rename(scratch, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A virtual environment that was renamed works by its interpreter, not by its scripts. */
const python = (folder: string) => join(folder, 'bin', 'python');
const works = (folder: string) => runs(python(folder), '-c', 'import awscli.clidriver');

async function runs(command: string, ...args: string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

async function aws(folder: string, environment: Record<string, string>, args: readonly string[]) {
  const env = { PATH: process.env.PATH ?? '', AWS_PAGER: '', ...environment };
  const ended = await run(python(folder), ['-m', 'awscli', '--output', 'json', ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  const { code, stdout, stderr } = ended;
  const output: unknown = stdout.trim() === '' ? undefined : JSON.parse(stdout);
  return { code, output, stderr };
}

async function model(folder: string): Promise<unknown> {
  const pattern = join(folder, 'lib/python*/site-packages/awscli/botocore/data/sagemaker/2017-07-24/service-2.json');
  for await (const path of glob(pattern)) return JSON.parse(await readFile(path, 'utf8'));
  throw new Error(`the AWS CLI ${VERSION} has no ${pattern}`);
}
