import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './execute.ts';
import type { Helm } from './helm.ts';
import { firstChartCommit } from './history.ts';

/**
 * Packages the chart as it was in the commit that brought it, and returns the path of the package.
 * @throws Error when that commit is not here
 */
export async function earlierChart(helm: Helm): Promise<string> {
  const commit = await firstChartCommit();
  const folder = join(helm.folder, commit);
  await mkdir(folder);
  const archive = join(folder, 'chart.tar');
  await run('git', ['archive', '--output', archive, commit, 'deploy/chart']);
  await run('tar', ['-xf', archive, '-C', folder]);
  await helm.run(['package', join(folder, 'deploy/chart'), '--destination', folder]);
  const [path = ''] = (await run('find', [folder, '-name', 'workteam-operator-*.tgz'])).trim().split('\n');
  return path;
}
