import type { Place, TeamSnapshot } from '../../dev/sagemaker/control.ts';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import type { TestEmulator } from './emulator.ts';

/** The side of AWS, as a test looks at one region of it. */
export interface Aws {
  /** What callers did there so far, oldest first; nothing of what was done out of band. */
  calls(workteamName?: string): readonly LedgerEntry[];
  /** The calls that changed something. */
  writes(workteamName?: string): readonly LedgerEntry[];
  /** A team as it truly is. @throws Error when there is none */
  team(workteamName: string): TeamSnapshot;
  has(workteamName: string): boolean;
  /** Does what somebody in the console would do. */
  console(operation: string, parameters: object): void;
}

export function awsAt(emulator: TestEmulator, place: Place): Aws {
  const calls = (workteamName?: string) =>
    emulator.control
      .ledger()
      .filter(
        ({ region, account, outOfBand }) => region === place.region && isSame(place.account, account) && !outOfBand,
      )
      .filter((entry) => workteamName === undefined || entry.workteamName === workteamName);
  const find = (name: string) => emulator.control.teams(place).find(({ workteam }) => workteam.WorkteamName === name);
  return {
    calls,
    writes: (workteamName) => calls(workteamName).filter(({ effective }) => effective),
    team(name) {
      const team = find(name);
      if (team === undefined) throw new Error(`there is no work team ${name} in ${place.region}`);
      return team;
    },
    has: (name) => find(name) !== undefined,
    console: (operation, parameters) => void emulator.control.actAsConsole(place, operation, parameters),
  };
}

/** `CreateWorkteam`, `DescribeWorkteam` … */
export function operations(calls: readonly LedgerEntry[]): string[] {
  return calls.map(({ operation }) => operation);
}

/** The groups of all OIDC definitions together, sorted. */
export function groupsOf({ workteam }: TeamSnapshot): string[] {
  return workteam.MemberDefinitions.flatMap((member) => member.OidcMemberDefinition?.Groups ?? []).toSorted();
}

/** The Cognito user groups, sorted. */
export function userGroupsOf({ workteam }: TeamSnapshot): string[] {
  return workteam.MemberDefinitions.flatMap((member) => member.CognitoMemberDefinition?.UserGroup ?? []).toSorted();
}

/** The tags without ours. */
export function foreignTags({ tags }: TeamSnapshot): Record<string, string> {
  const { [OWNER_TAG_KEY]: _ours, ...rest } = tags;
  return rest;
}

function isSame(wanted: string | undefined, account: string): boolean {
  return wanted === undefined || wanted === account;
}
