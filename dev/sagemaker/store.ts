/** What exists: accounts in regions, each with one workforce and its work teams. No rules here, only state. */
import { createHash } from 'node:crypto';
import { partitionOf, type Scope } from './identity.ts';
import { RateLimit } from './rate-limit.ts';
import type { LabelingJobSummary, Workteam } from './shapes.ts';
import type { Switches } from './switches.ts';
import { Timeline } from './timeline.ts';

export type MemberKind = 'Cognito' | 'Oidc';

export interface Workforce {
  readonly name: string;
  /** Undefined until a setup call or the first team decides it; a region's workforce is of one kind. */
  readonly kind: MemberKind | undefined;
  readonly createdAt: number;
  /** The pool and client of a Cognito workforce: those of the first team. */
  readonly cognito: { readonly UserPool: string; readonly ClientId: string } | undefined;
}

export type Tags = ReadonlyMap<string, string>;

/** The name `private-crowd` is AWS's default, and what stands in every work team's ARN. */
export const DEFAULT_WORKFORCE = 'private-crowd';

/** 25 work teams per account and region (documentation of CreateWorkteam). */
export const DEFAULT_QUOTA = 25;

/** One name of a work team, for as long as the emulator runs: deleted and created again it is the same record. */
export class TeamRecord {
  readonly #workteam = new Timeline<Workteam | undefined, 'describe' | 'list'>(undefined);
  readonly #tags = new Timeline<Tags | undefined, 'listTags'>(undefined);
  /** By job reference code. */
  readonly jobs = new Map<string, LabelingJobSummary>();
  /** ms; when a team of this name was last deleted. */
  deletedAt = -Infinity;

  /** The team as it truly is; undefined when it does not exist. */
  get workteam(): Workteam | undefined {
    return this.#workteam.latest;
  }

  get tags(): Tags {
    return this.#tags.latest ?? new Map();
  }

  /** The team as Describe and List see it; undefined where they see none. */
  get seen() {
    return this.#workteam;
  }

  /** The tags as ListTags sees them; undefined where it sees no team. */
  get seenTags() {
    return this.#tags;
  }

  create(workteam: Workteam, tags: Tags, now: number, delays: Switches): void {
    const visibleFrom = { describe: now + delays.createToDescribeMs, list: now + delays.createToListMs };
    this.#workteam.push(workteam, visibleFrom, now);
    if (delays.tagsToListTagsMs > delays.createToListTagsMs) {
      this.#tags.push(new Map(), { listTags: now + delays.createToListTagsMs }, now);
    }
    this.#tags.push(tags, { listTags: now + Math.max(delays.createToListTagsMs, delays.tagsToListTagsMs) }, now);
  }

  update(workteam: Workteam, now: number, delays: Switches): void {
    const visibleFrom = { describe: now + delays.updateToDescribeMs, list: now + delays.updateToListMs };
    this.#workteam.push(workteam, visibleFrom, now);
  }

  setTags(tags: Tags, now: number, delays: Switches): void {
    this.#tags.push(tags, { listTags: now + delays.tagsToListTagsMs }, now);
  }

  delete(now: number, delays: Switches): void {
    const visibleFrom = { describe: now + delays.deleteToDescribeMs, list: now + delays.deleteToListMs };
    this.#workteam.push(undefined, visibleFrom, now);
    this.#tags.push(undefined, { listTags: now + delays.deleteToListTagsMs }, now);
    this.jobs.clear();
    this.deletedAt = now;
  }
}

/** An account in a region. */
export class RegionStore {
  readonly scope: Scope;
  readonly rate = new RateLimit();
  workforce: Workforce | undefined;
  quota: number;
  readonly #records = new Map<string, TeamRecord>();

  constructor(scope: Scope, quota: number, now: number) {
    this.scope = scope;
    this.quota = quota;
    this.workforce = { name: DEFAULT_WORKFORCE, kind: undefined, createdAt: now, cognito: undefined };
  }

  /** The record of a name, if a team of that name ever existed. */
  find(name: string, names: Switches['names']): TeamRecord | undefined {
    const exact = this.#records.get(name);
    if (exact || names === 'caseSensitive') return exact;
    const folded = name.toLowerCase();
    return [...this.#records].find(([known]) => known.toLowerCase() === folded)?.[1];
  }

  /** The record whose team has, had or would have that ARN here. */
  findByArn(arn: string, names: Switches['names']): TeamRecord | undefined {
    const name = arn.split('/').at(-1) ?? '';
    return arn === this.workteamArn(name, names) ? this.find(name, names) : undefined;
  }

  findOrAdd(name: string, names: Switches['names']): TeamRecord {
    const known = this.find(name, names);
    if (known) return known;
    const record = new TeamRecord();
    this.#records.set(name, record);
    return record;
  }

  records(): readonly TeamRecord[] {
    return [...this.#records.values()];
  }

  /** Teams that truly exist. */
  teamCount(): number {
    return this.records().filter((record) => record.workteam).length;
  }

  workteamArn(name: string, names: Switches['names']): string {
    return this.#arn(`workteam/private-crowd/${names === 'lowerCaseArn' ? name.toLowerCase() : name}`);
  }

  workforceArn(name: string): string {
    return this.#arn(`workforce/${name}`);
  }

  /** The labeling portal's bare host: one per account and region. */
  subDomain(): string {
    const { account, region } = this.scope;
    const label = createHash('sha256').update(`${account}/${region}`).digest('hex').slice(0, 10);
    return `${label}.labeling.${region}.sagemaker.aws`;
  }

  #arn(resource: string): string {
    const { account, region } = this.scope;
    return `arn:${partitionOf(region)}:sagemaker:${region}:${account}:${resource}`;
  }
}

/** Every account in every region; a region's store comes into being when it is first asked for. */
export class World {
  readonly #regions = new Map<string, RegionStore>();
  readonly #quota: number;

  /** @param quota work teams that each region of each account can have */
  constructor(quota: number) {
    this.#quota = quota;
  }

  region({ account, region }: Scope, now: number): RegionStore {
    const key = `${account}/${region}`;
    const store = this.#regions.get(key) ?? new RegionStore({ account, region }, this.#quota, now);
    this.#regions.set(key, store);
    return store;
  }
}
