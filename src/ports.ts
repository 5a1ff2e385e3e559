/** What the reconciler needs of the world, as interfaces: `kubernetes/` and `sagemaker/` are what stands behind them. */
import type { Announcement } from './workteam/announce.ts';
import type { ObservedWorkteam, Tags } from './workteam/observed.ts';
import type { Workteam, WorkteamStatus } from './workteam/schema.ts';
import type { CreateRequest, UpdateRequest } from './workteam/step.ts';

/** The Kubernetes side. Whatever goes wrong there is thrown, changes no condition, and is retried by the controller. */
export interface Cluster {
  /** The object as last seen, our own writes included. */
  get(key: string): Workteam | undefined;
  /** All objects of ours as last seen; there may be others. */
  list(): readonly Workteam[];
  /** The object as it is now; undefined when there is none, or when it is another operator's by its labels. */
  readLive(key: string, signal: AbortSignal): Promise<Workteam | undefined>;
  /** Both writes are refused when the object is not the one given any more; they return the object as written. */
  writeFinalizers(
    workteam: Workteam,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Workteam | undefined>;
  writeStatus(workteam: Workteam, status: WorkteamStatus, signal: AbortSignal): Promise<Workteam>;
  crdIsTerminating(signal: AbortSignal): Promise<boolean>;
  /** Whether another Workteam exists; `true` when it may not be read. */
  exists(namespace: string, name: string, signal: AbortSignal): Promise<boolean>;
}

/** Where, how urgently and for how long an AWS call is made. */
export interface Call {
  readonly region: string;
  readonly priority: 'high' | 'low';
  readonly signal: AbortSignal;
}

/** What there is to say of a write that succeeded. */
export interface Written {
  readonly requestId: string | undefined;
}

/** The AWS side. Failures are thrown as AwsError. */
export interface WorkteamService {
  describe(call: Call, name: string): Promise<{ team: ObservedWorkteam | 'absent'; answeredAt?: number }>;
  /** All teams of a region, or none of them. */
  list(call: Call): Promise<ObservedWorkteam[]>;
  /** The newest teams of a region, as many as it takes to show all of those named, or one page more than they fill. */
  listNewest(call: Call, names: ReadonlySet<string>): Promise<ObservedWorkteam[]>;
  listTags(call: Call, arn: string): Promise<Tags>;
  create(call: Call, request: CreateRequest): Promise<Written>;
  update(call: Call, request: UpdateRequest): Promise<Written & { team: ObservedWorkteam }>;
  delete(call: Call, name: string): Promise<Written>;
  addTags(call: Call, arn: string, tags: Tags): Promise<Written>;
  removeTags(call: Call, arn: string, keys: readonly string[]): Promise<Written>;
}

/** Tells what happened, to whoever watches the object. Best effort: never throws, never waited for. */
export interface Announcer {
  announce(workteam: Workteam, announcement: Announcement): void;
}

/** A logger as pino's: fields, then a constant message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  child(fields: object): Log;
}

/** Monotonic milliseconds, the wall clock, and one-shot timers. */
export interface Clock {
  now(): number;
  wall(): Date;
  setTimeout(callback: () => void, ms: number): () => void;
}
