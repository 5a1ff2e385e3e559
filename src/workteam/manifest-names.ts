/** Names for the Workteams of work teams that exist already. */

/** A work team, as far as its Workteam's name goes. */
export interface Named {
  readonly region: string;
  /** A name that AWS takes: letters, digits, and dashes between them. */
  readonly workteamName: string;
}

/** As long as a name may be that is also part of the owner tag. */
const LONGEST = 63;

/**
 * A name for each team, by the team's `keyOf`: valid as `metadata.name`, and no two alike. It is the team's own in lower
 * case; where several teams would have the same, each says its region; where that is not enough, or taken already, a number
 * made of region and name follows. The same teams get the same names, in whatever order they come.
 */
export function manifestNames(teams: readonly Named[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  let open = teams.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (const nameOf of [lowerCase, withRegion]) {
    const taken = new Set(names.values());
    const wanted = open.map(nameOf);
    const isFree = (name: string) => !taken.has(name) && wanted.indexOf(name) === wanted.lastIndexOf(name);
    for (const team of open) if (isFree(nameOf(team))) names.set(keyOf(team), nameOf(team));
    open = open.filter((team) => !names.has(keyOf(team)));
  }
  for (const team of open) names.set(keyOf(team), numbered(team, new Set(names.values())));
  return names;
}

/** What tells one work team of an account from another. */
export function keyOf({ region, workteamName }: Named): string {
  return `${region}/${workteamName}`;
}

function lowerCase({ workteamName }: Named): string {
  return workteamName.toLowerCase();
}

function withRegion(team: Named): string {
  return ending(lowerCase(team), `-${team.region}`);
}

function numbered(team: Named, taken: ReadonlySet<string>): string {
  for (let attempt = 0; ; attempt += 1) {
    const name = ending(withRegion(team), `-${hash(`${keyOf(team)}${'/'.repeat(attempt)}`)}`);
    if (!taken.has(name)) return name;
  }
}

/** The text with that at its end, and no longer than a name may be. */
function ending(text: string, suffix: string): string {
  return `${text.slice(0, LONGEST - suffix.length).replace(/-+$/, '')}${suffix}`;
}

/** FNV-1a in 32 bits, as eight hexadecimal digits: the same everywhere and for ever, which is all that is asked of it. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}
