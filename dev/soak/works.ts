/** What people do to the Workteams and to their teams in AWS all the while: edits, drift, and objects that come and go. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledgered } from './ledgered.ts';
import { type Objects, type Slot, TEAMS_A_REGION } from './population.ts';
import type { Chance } from './random.ts';
import type { Site } from './site.ts';

/** How many of a kind were done. */
export type Tally = Record<string, number>;

/** How long somebody else's team stands in the place of ours, in milliseconds: a resync or two. */
const USURPED_MS = 60_000;
/** What the soak did to a team less than this ago may not have settled, in milliseconds. */
const QUIET_MS = 60_000;
/** How often a slow step is looked at, in milliseconds. */
const BETWEEN_LOOKS_MS = 1_000;
/** How many slots may be in the middle of something at once. */
const MOST_BUSY = 40;

/** Everybody who writes. What is begun is brought to its end by `finish`. */
export class Works {
  readonly tally: Tally = {};
  /** What could not be done, which is a fault of the soak's or of the operator's: a deletion that never came to its end. */
  readonly problems: string[] = [];
  readonly #slots: readonly Slot[];
  readonly #objects: Objects;
  readonly #aws: Site['aws'];
  readonly #ledger: Ledgered;
  readonly #chance: Chance;
  readonly #underWay = new Set<Promise<void>>();
  readonly #hurry = new AbortController();
  #number = 0;

  constructor(slots: readonly Slot[], objects: Objects, aws: Site['aws'], ledger: Ledgered, chance: Chance) {
    this.#slots = slots;
    this.#objects = objects;
    this.#aws = aws;
    this.#ledger = ledger;
    this.#chance = chance;
  }

  /** Creates every object, a few at a time. */
  async populate(): Promise<void> {
    const waiting = [...this.#slots];
    const worker = async () => {
      for (let slot = waiting.shift(); slot !== undefined; slot = waiting.shift()) {
        this.#ledger.judge.objectCreated(slot.key);
        await this.#objects.create(slot);
      }
    };
    await Promise.all(Array.from({ length: TEAMS_A_REGION }, worker));
  }

  /** Begins one thing, whatever chance says. */
  step(): void {
    const slot = this.#chance.pick(this.#slots);
    const kind = this.#chance.next();
    const rest = performance.now() - slot.touchedAt;
    if (slot.busy || this.#underWay.size >= MOST_BUSY) return;
    if (kind < 0.5) this.#begin('edits', slot, () => this.#edit(slot));
    else if (kind < 0.75) this.#begin('changes in the console', slot, () => this.#drift(slot));
    else if (kind < 0.8) this.#begin('deletions in the console', slot, () => this.#vanish(slot));
    else if (kind < 0.97) this.#begin('objects replaced', slot, () => this.#replace(slot));
    else if (rest > QUIET_MS) this.#begin("strangers' teams in our place", slot, () => this.#usurp(slot));
  }

  /** Lets what was begun come to its end. */
  async finish(): Promise<void> {
    this.#hurry.abort();
    await Promise.all(this.#underWay);
  }

  #begin(kind: string, slot: Slot, work: () => Promise<void>): void {
    slot.busy = true;
    this.tally[kind] = (this.tally[kind] ?? 0) + 1;
    const done = work()
      .catch((error: Error) => void this.problems.push(`${kind}, ${slot.key}: ${error.message}`))
      .finally(() => {
        slot.busy = false;
        slot.touchedAt = performance.now();
        this.#underWay.delete(done);
      });
    this.#underWay.add(done);
  }

  async #edit(slot: Slot): Promise<void> {
    const { spec } = slot;
    const number = ++this.#number;
    const change = this.#chance.pick([
      { description: `Labels street scenes, edit ${number}` },
      { memberDefinitions: [{ oidcMemberDefinition: { groups: ['labelers', `group-${number % 50}`] } }] },
      { tags: { ...spec.tags, number: String(number) } },
    ]);
    await this.#objects.edit(slot, change);
    slot.spec = { ...spec, ...change };
  }

  /** A team that is not there just now, because AWS has trouble, cannot be changed by anybody. */
  async #drift({ region, name }: Slot): Promise<void> {
    const team = (await this.#aws.teams(region)).find(({ workteam }) => workteam.WorkteamName === name);
    if (team === undefined) return;
    const number = ++this.#number;
    const ResourceArn = team.workteam.WorkteamArn;
    const intruders = [{ OidcMemberDefinition: { Groups: ['intruders'] } }];
    const [operation, parameters] = this.#chance.pick([
      ['UpdateWorkteam', { WorkteamName: name, Description: `Changed in the console, ${number}` }],
      ['UpdateWorkteam', { WorkteamName: name, MemberDefinitions: intruders }],
      ['AddTags', { ResourceArn, Tags: [{ Key: 'foreign', Value: String(number) }] }],
      ['DeleteTags', { ResourceArn, TagKeys: ['cost-center'] }],
    ] as const);
    await this.#aws.console(region, operation, parameters);
  }

  async #vanish({ region, name }: Slot): Promise<void> {
    await this.#aws.console(region, 'DeleteWorkteam', { WorkteamName: name }).catch(ignoreMissing);
  }

  async #replace(slot: Slot): Promise<void> {
    this.#ledger.judge.objectDeleted(slot.key);
    await this.#objects.delete(slot);
    while (await this.#objects.exists(slot)) await sleep(BETWEEN_LOOKS_MS);
    await this.#ledger.catchUp();
    this.#ledger.judge.objectCreated(slot.key);
    await this.#objects.create(slot);
  }

  /** Somebody deletes our team and makes one of that name of their own; later they let it go. */
  async #usurp({ region, name }: Slot): Promise<void> {
    const team = {
      WorkteamName: name,
      Description: "Somebody else's",
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['strangers'] } }],
    };
    await this.#aws.console(region, 'DeleteWorkteam', { WorkteamName: name }).catch(ignoreMissing);
    const isMade = await this.#aws.console(region, 'CreateWorkteam', team).then(
      () => true,
      () => false, // the operator was quicker, and made its own again
    );
    if (!isMade) return;
    await sleep(USURPED_MS, undefined, { signal: this.#hurry.signal }).catch(() => {});
    await this.#aws.console(region, 'DeleteWorkteam', { WorkteamName: name });
  }
}

/** To delete in the console what is not there is nothing. */
function ignoreMissing(error: Error): void {
  if (!error.message.includes('The work team')) throw error;
}
