import { OWNER_TAG_KEY } from '../../../src/workteam/schema.ts';
import type { TestEmulator } from '../../support/emulator.ts';
import type { Workteams } from '../../support/workteams.ts';

/**
 * Looks at each DeleteWorkteam in a region at the moment before it acts: the team must bear the owner tag of a Workteam of this
 * namespace, and the API server must have that Workteam, being deleted. Whatever is not so is added to the list it returns.
 */
export function watchDeletes(emulator: TestEmulator, region: string, workteams: Workteams): readonly string[] {
  const wrongs: string[] = [];
  emulator.control.beforeActing({ region, operation: 'DeleteWorkteam' }, async ({ workteamName }) => {
    const team = emulator.control.teams({ region }).find(({ workteam }) => workteam.WorkteamName === workteamName);
    if (team === undefined) return undefined;
    const [, namespace, name = ''] = team.tags[OWNER_TAG_KEY]?.split('/') ?? [];
    if (namespace !== workteams.namespace) {
      wrongs.push(`${workteamName} was to be deleted, whose owner tag is ${team.tags[OWNER_TAG_KEY] ?? 'missing'}`);
      return undefined;
    }
    const owner = await workteams.readLive(name);
    if (owner?.metadata.deletionTimestamp === undefined) {
      wrongs.push(`${workteamName} was to be deleted, while ${name} was ${owner === undefined ? 'gone' : 'alive'}`);
    }
    return undefined;
  });
  return wrongs;
}
