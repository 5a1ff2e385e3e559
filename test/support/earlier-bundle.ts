import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '../../scripts/bundle/bundle.ts';
import { run } from './execute.ts';
import { firstChartCommit } from './history.ts';

/** Inside the checkout, so that the sources find the packages of today. */
const FOLDER = fileURLToPath(new URL('../../test-results/earlier-version/', import.meta.url));

/**
 * Bundles the program as it was in the commit that brought the chart, with the packages of today, and returns its path.
 * @throws Error when that commit is not here
 */
export async function earlierBundle(): Promise<string> {
  const commit = await firstChartCommit();
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const archive = join(FOLDER, 'sources.tar');
  await run('git', ['archive', '--output', archive, commit, 'src', 'package.json']);
  await run('tar', ['-xf', archive, '-C', FOLDER]);
  const outfile = join(FOLDER, 'workteam-operator.js');
  // Without the trimming of packages, which fits what the program calls today.
  await build({ ...bundleOptions('0.0.1'), entryPoints: [join(FOLDER, 'src/main.ts')], outfile, plugins: [] });
  return outfile;
}
