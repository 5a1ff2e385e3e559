import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './execute.ts';
import type { Helm } from './helm.ts';

/**
 * Packages the chart as it was in the commit that brought it, and returns the path of the package.
 * @throws Error when that commit is not here
 */
export async function earlierChart(helm: Helm): Promise<string> {
  const added = await run('git', ['log', '--diff-filter=A', '--format=%H', '--', 'deploy/chart/Chart.yaml']);
  const commit = added.trim().split('\n').at(-1) ?? '';
  const isShallow = (await run('git', ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  if (commit === '' || isShallow) {
    throw new Error('The history of this checkout does not reach back to the first chart: git fetch --unshallow');
  }
  const folder = join(helm.folder, commit);
  await mkdir(folder);
  const archive = join(folder, 'chart.tar');
  await run('git', ['archive', '--output', archive, commit, 'deploy/chart']);
  await run('tar', ['-xf', archive, '-C', folder]);
  await helm.run(['package', join(folder, 'deploy/chart'), '--destination', folder]);
  const [path = ''] = (await run('find', [folder, '-name', 'workteam-operator-*.tgz'])).trim().split('\n');
  return path;
}
