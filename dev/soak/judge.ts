/** What an operator may have done to work teams, told from the emulator's ledger and from what the soak asked for. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { OWNER_TAG_KEY, type WorkteamSpec } from '../../src/workteam/schema.ts';
import type { TeamSnapshot } from '../sagemaker/control.ts';
import type { LedgerEntry } from '../sagemaker/ledger.ts';

interface Life {
  /** Whose team there is now. */
  holder: 'nobody' | 'operator' | 'stranger';
  /** How many creates are still called for: one for a new object, one for each time the console deleted our team. */
  creates: number;
  /** Whether the object's deletion was asked for. */
  deleting: boolean;
}

/** Reads the ledger as it grows. */
export class Judge {
  readonly #lives = new Map<string, Life>();
  readonly objections: string[] = [];
  /** Successful writes by the operator. */
  writes = 0;

  /** An object is about to be created; the ledger was read up to now. */
  objectCreated(key: string): void {
    const life = this.#life(key);
    life.creates = 1;
    life.deleting = false;
  }

  /** The deletion of an object is about to be asked for. */
  objectDeleted(key: string): void {
    this.#life(key).deleting = true;
  }

  /** The next entry of the ledger. */
  hear(entry: LedgerEntry): void {
    if (!entry.effective) return;
    const key = `${entry.region}/${entry.workteamName ?? ''}`;
    if (entry.outOfBand) this.#hearConsole(entry, this.#life(key));
    else this.#hearOperator(entry, key, this.#life(key));
  }

  #hearConsole({ operation }: LedgerEntry, life: Life): void {
    if (operation === 'CreateWorkteam') life.holder = 'stranger';
    if (operation !== 'DeleteWorkteam') return;
    if (life.holder === 'operator') life.creates += 1;
    life.holder = 'nobody';
  }

  #hearOperator({ operation, sequence, time }: LedgerEntry, key: string, life: Life): void {
    this.writes += 1;
    const object = (what: string) => this.objections.push(`${key}: ${what} (${operation}, entry ${sequence}, ${time})`);
    if (life.holder === 'stranger') object("wrote to somebody else's team");
    if (operation === 'CreateWorkteam') {
      life.creates -= 1;
      life.holder = 'operator';
      if (life.creates < 0) object('created once more than was called for');
    }
    if (operation === 'DeleteWorkteam') {
      life.holder = 'nobody';
      if (!life.deleting) object('deleted, and nobody had deleted the object');
    }
  }

  #life(key: string): Life {
    const known = this.#lives.get(key);
    if (known !== undefined) return known;
    const life: Life = { holder: 'nobody', creates: 0, deleting: false };
    this.#lives.set(key, life);
    return life;
  }
}

/** A Workteam that there should be. */
export interface Wanted {
  readonly name: string;
  readonly spec: WorkteamSpec;
}

/** How the teams of a region differ from what they should be, one sentence each. */
export function differences(wanted: readonly Wanted[], found: readonly TeamSnapshot[]): string[] {
  const teams = new Map(found.map((team) => [team.workteam.WorkteamName, team]));
  const told: string[] = [];
  for (const { name, spec } of wanted) {
    const team = teams.get(name);
    teams.delete(name);
    if (team === undefined) told.push(`${name} is missing`);
    else if (!isAsSpecified(team, spec)) told.push(`${name} is not as its spec says`);
  }
  for (const [name, { tags }] of teams) told.push(`${name} is an orphan, of ${tags[OWNER_TAG_KEY] ?? 'nobody'}`);
  return told;
}

function isAsSpecified({ workteam, tags }: TeamSnapshot, spec: WorkteamSpec): boolean {
  const { [OWNER_TAG_KEY]: owner, ...others } = tags;
  const groups = workteam.MemberDefinitions.flatMap(({ OidcMemberDefinition }) => OidcMemberDefinition?.Groups ?? []);
  const wanted = spec.memberDefinitions.flatMap(({ oidcMemberDefinition }) => oidcMemberDefinition?.groups ?? []);
  return (
    owner !== undefined &&
    workteam.Description === spec.description &&
    isDeepStrictEqual(groups.toSorted(), wanted.toSorted()) &&
    isDeepStrictEqual(others, { ...spec.tags })
  );
}
