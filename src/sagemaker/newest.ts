import type { ObservedWorkteam } from '../workteam/observed.ts';

/**
 * Reads pages, which begin with the newest work team, until all of those named were shown; at most one page more than they
 * fill, for what somebody else creates meanwhile.
 */
export async function newest(
  pages: AsyncIterable<readonly ObservedWorkteam[]>,
  names: ReadonlySet<string>,
  perPage: number,
): Promise<ObservedWorkteam[]> {
  const teams: ObservedWorkteam[] = [];
  const missing = new Set(names);
  let left = Math.ceil(names.size / perPage) + 1;
  for await (const page of pages) {
    for (const team of page) missing.delete(team.workteamName);
    teams.push(...page);
    left -= 1;
    if (left === 0 || missing.size === 0) break;
  }
  return teams;
}
