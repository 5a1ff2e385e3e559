import type { Announcement } from './announce.ts';
import type { Difference } from './compare.ts';
import type { Failure } from './failure.ts';
import type { ObservedWorkteam, Tags } from './observed.ts';
import type { Owner } from './owner.ts';
import type { MemberDefinition, WorkerAccessConfiguration } from './schema.ts';

/** What CreateWorkteam is asked for. The owner tag is among the tags: there is no moment without an owner. */
export interface CreateRequest {
  readonly workteamName: string;
  readonly workforceName?: string;
  readonly description: string;
  readonly memberDefinitions: readonly MemberDefinition[];
  readonly notificationTopicArn?: string;
  readonly workerAccessConfiguration?: WorkerAccessConfiguration;
  readonly tags: Tags;
}

/** What UpdateWorkteam is asked for: always the full member list, because it replaces the one that is there. */
export interface UpdateRequest {
  readonly workteamName: string;
  readonly description: string;
  readonly memberDefinitions: readonly MemberDefinition[];
  /** `null` removes the topic; left out, none is there and none is wanted. */
  readonly notificationTopicArn?: string | null;
  /** Left out: the server's own choice stands. */
  readonly workerAccessConfiguration?: WorkerAccessConfiguration;
}

/** One write to AWS. */
export type Action =
  | { readonly do: 'create'; readonly request: CreateRequest }
  | { readonly do: 'update'; readonly request: UpdateRequest; readonly differences: readonly Difference[] }
  | {
      readonly do: 'removeTags';
      readonly arn: string;
      readonly keys: readonly string[];
      readonly differences: readonly Difference[];
    }
  | { readonly do: 'addTags'; readonly arn: string; readonly tags: Tags; readonly differences: readonly Difference[] }
  /** Takes a team over: the owner tag is added, or replaces `from`. */
  | { readonly do: 'adopt'; readonly arn: string; readonly ownerTag: string; readonly from?: string }
  /** Lets a team go: the owner tag is removed. */
  | { readonly do: 'release'; readonly arn: string }
  | { readonly do: 'delete'; readonly workteamName: string };

/** Which facts a plan lacks. They do not need each other's answers, so they are gathered side by side. */
export interface Look {
  readonly object: boolean;
  readonly crd: boolean;
  readonly team: boolean;
  readonly tags: boolean;
}

/** How a pass ended, as data. `report` makes the status of it, `nextLook` the time of the next pass. */
export type Outcome =
  /** The work team is what the spec says. */
  | { readonly kind: 'synced'; readonly team: ObservedWorkteam }
  /** `Observe`: the team is there, and these are its differences from the spec. */
  | { readonly kind: 'observed'; readonly team: ObservedWorkteam; readonly drift: readonly Difference[] }
  /** `Observe`: there is no such team. */
  | { readonly kind: 'observedAbsent' }
  | { readonly kind: 'suspended' }
  /** Nothing is wrong, but the pass cannot settle yet: `doing` says what is under way. */
  | { readonly kind: 'acting'; readonly doing: Doing; readonly againMs?: number }
  /** `team` is set when the failure is about a team of ours that was seen. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly team?: ObservedWorkteam }
  /** Nothing to say: not ours to touch, or the object changes under the plan and comes again by itself. */
  | { readonly kind: 'none' }
  /** The finalizer was added, and nothing else in this pass. */
  | { readonly kind: 'begun' }
  /** CreateWorkteam was acknowledged, and one list will show whether this team and many others are there. */
  | { readonly kind: 'created' }
  /** The object changed since it was planned for: start over at once. */
  | { readonly kind: 'stale' };

/** The outcomes that the status says nothing of. */
const SILENT = ['none', 'begun', 'created', 'stale'] as const;

/** An outcome that has something to say in the status. */
export type Reportable = Exclude<Outcome, { kind: (typeof SILENT)[number] }>;

/** Whether there is something to say in the status. */
export function isReportable(outcome: Outcome): outcome is Reportable {
  return SILENT.every((kind) => kind !== outcome.kind);
}

/** What an unsettled pass is in the middle of. */
export type Doing = 'working' | 'waitingForCreate' | 'adopting' | 'deleting';

/** What to do next in a pass. */
export type Step =
  | { readonly step: 'look'; readonly look: Look }
  | { readonly step: 'lookForSibling'; readonly owner: Owner }
  | { readonly step: 'act'; readonly actions: readonly Action[] }
  | { readonly step: 'addFinalizer' }
  | { readonly step: 'removeFinalizer'; readonly announce?: Announcement }
  | { readonly step: 'end'; readonly outcome: Outcome };
