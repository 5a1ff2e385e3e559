/** What a test, a demo or a person can do to the emulator besides calling it as AWS. */
import { z } from 'zod';
import type { ActiveRule, FaultRule } from './faults.ts';
import type { Hook, Stop } from './hooks.ts';
import type { Scope } from './identity.ts';
import type { LedgerEntry } from './ledger.ts';
import type { CallMatch } from './matching.ts';
import type { Service } from './service.ts';
import type { LabelingJobSummary, Workteam } from './shapes.ts';
import { DEFAULT_WORKFORCE, type RegionStore, type TeamRecord } from './store.ts';
import { moveSwitches, type Switches } from './switches.ts';

/** A region of an account; without an account, of the emulator's default account. */
export interface Place {
  readonly region: string;
  readonly account?: string | undefined;
}

/** What a region has from the start. Members left out stay as they are. */
export const Setup = z.strictObject({
  region: z.string(),
  account: z.string().optional(),
  /** `null`: there is no workforce, and no team can be created. */
  workforce: z
    .strictObject({ name: z.string().optional(), kind: z.enum(['Cognito', 'Oidc']).optional() })
    .nullable()
    .optional(),
  /** Work teams in this region. */
  quota: z.int().min(0).optional(),
});
export type Setup = z.infer<typeof Setup>;

/** A team as it truly is, whatever callers can see of it by now. */
export interface TeamSnapshot {
  readonly workteam: Workteam;
  readonly tags: Readonly<Record<string, string>>;
}

/** Members of a work team to be set as they are given, without any check; `null` removes a member. */
export type TeamEdit = { readonly [M in keyof Workteam]?: Workteam[M] | null };

export type LabelingJob = Partial<LabelingJobSummary> & { readonly JobReferenceCode: string };

export class Control {
  readonly #service: Service;
  readonly #defaultAccount: string;

  constructor(service: Service, defaultAccount: string) {
    this.#service = service;
    this.#defaultAccount = defaultAccount;
  }

  /** Sets a region up: its workforce's name and kind, its quota. */
  setup({ workforce, quota, ...place }: Setup): void {
    const region = this.#region(place);
    if (quota !== undefined) region.quota = quota;
    if (workforce === null) region.workforce = undefined;
    else if (workforce) {
      const { name = DEFAULT_WORKFORCE, kind } = workforce;
      region.workforce = { name, kind, createdAt: this.#service.now, cognito: undefined };
    }
  }

  switches(): Switches {
    return this.#service.switches;
  }

  /**
   * Moves switches, from the next call on. Delays hold for writes made from then on.
   * @throws Error for an unknown switch or value
   */
  setSwitches(changes: Partial<Switches>): void {
    this.#service.switches = moveSwitches(this.#service.switches, changes);
  }

  /** @returns the rule's number, for `removeFault` */
  addFault(rule: FaultRule): number {
    return this.#service.faults.add(rule);
  }

  removeFault(id: number): boolean {
    return this.#service.faults.remove(id);
  }

  clearFaults(): void {
    this.#service.faults.clear();
  }

  faults(): readonly ActiveRule[] {
    return this.#service.faults.list();
  }

  /** Runs the hook before matching calls act (or an injected fault hits them); returns a function that takes it away. */
  beforeActing(match: CallMatch, hook: Hook): () => void {
    return this.#hook('beforeActing', match, hook);
  }

  /** Runs the hook after matching calls acted, before their callers know. */
  beforeAnswering(match: CallMatch, hook: Hook): () => void {
    return this.#hook('beforeAnswering', match, hook);
  }

  /**
   * Does what somebody in the console would do: any operation, by its name and with its parameters.
   * The ledger marks it as out-of-band.
   * @throws ServiceError as a caller would get it
   */
  actAsConsole(place: Place, operation: string, parameters: unknown): unknown {
    return this.#service.actOutOfBand(this.#scope(place), operation, parameters);
  }

  /**
   * Changes a team by hand, to states that no call could make: dates, marketplace listings, odd texts.
   * @throws Error when there is no such team
   */
  editTeam(place: Place, workteamName: string, changes: TeamEdit): void {
    const { record, workteam } = this.#team(place, workteamName);
    const members = Object.entries({ ...workteam, ...changes }).filter(([, value]) => value !== null);
    const edited = Object.fromEntries(members) as unknown as Workteam; // "without any check"
    record.update(edited, this.#service.now, this.#service.switches);
    this.#service.recordEdit(this.#scope(place), 'EditWorkteam', { WorkteamName: workteamName, ...changes });
  }

  /**
   * Puts a labeling job on a team, or replaces the one with the same JobReferenceCode. While any has
   * `LabelCounters.PendingHuman` above 0, the team is in use.
   * @throws Error when there is no such team
   */
  putLabelingJob(place: Place, workteamName: string, job: LabelingJob): void {
    const { record } = this.#team(place, workteamName);
    const known = record.jobs.get(job.JobReferenceCode);
    const defaults = { WorkRequesterAccountId: this.#scope(place).account, CreationTime: this.#service.now / 1000 };
    record.jobs.set(job.JobReferenceCode, { ...defaults, ...known, ...job });
  }

  /** What happened after the entry with that sequence number. */
  ledger(since = 0): readonly LedgerEntry[] {
    return this.#service.ledger.since(since);
  }

  /** Lets go of the ledger's entries up to that sequence number; those after it keep theirs. */
  forgetLedger(upTo: number): void {
    this.#service.ledger.forget(upTo);
  }

  /** Tells of every further entry of the ledger, until the returned function is called. */
  onEntry(listener: (entry: LedgerEntry) => void): () => void {
    return this.#service.ledger.subscribe(listener);
  }

  /** All teams of a region, sorted by name. */
  teams(place: Place): readonly TeamSnapshot[] {
    return this.#region(place)
      .records()
      .flatMap(({ workteam, tags }) => (workteam ? [{ workteam, tags: Object.fromEntries(tags) }] : []))
      .toSorted((a, b) => (a.workteam.WorkteamName < b.workteam.WorkteamName ? -1 : 1));
  }

  #hook(stop: Stop, match: CallMatch, hook: Hook): () => void {
    return this.#service.hooks.add(stop, match, hook);
  }

  #scope({ account = this.#defaultAccount, region }: Place): Scope {
    return { account, region };
  }

  #region(place: Place): RegionStore {
    return this.#service.world.region(this.#scope(place), this.#service.now);
  }

  #team(place: Place, name: string): { record: TeamRecord; workteam: Workteam } {
    const record = this.#region(place).find(name, this.#service.switches.names);
    if (!record?.workteam) throw new Error(`there is no work team ${name} in ${place.region}`);
    return { record, workteam: record.workteam };
  }
}
