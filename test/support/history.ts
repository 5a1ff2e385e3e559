import { run } from './execute.ts';

/**
 * The commit that brought the chart: the first version that anybody could install with it.
 * @throws Error when that commit is not here
 */
export async function firstChartCommit(): Promise<string> {
  const added = await run('git', ['log', '--diff-filter=A', '--format=%H', '--', 'deploy/chart/Chart.yaml']);
  const commit = added.trim().split('\n').at(-1) ?? '';
  const isShallow = (await run('git', ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  if (commit === '' || isShallow) {
    throw new Error('The history of this checkout does not reach back to the first chart: git fetch --unshallow');
  }
  return commit;
}
