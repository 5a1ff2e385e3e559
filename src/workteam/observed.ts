import type { MemberDefinition, WorkteamStatus } from './schema.ts';

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

/** The part of a work team that UpdateWorkteam can change, in the spec's own shapes. */
export interface MutableWorkteam {
  readonly description: string;
  readonly memberDefinitions: readonly MemberDefinition[];
  /** Absent, `{}` and an empty topic mean the same in AWS; all of them are `undefined` here. */
  readonly notificationTopicArn?: string;
  /** What the server says; it may leave out either or both. */
  readonly workerAccessConfiguration?: NonNullable<WorkteamStatus['workerAccessConfiguration']>;
}

/** A work team as DescribeWorkteam, ListWorkteams and UpdateWorkteam return it. Tags are not part of it. */
export interface ObservedWorkteam extends MutableWorkteam {
  readonly workteamName: string;
  readonly workteamArn: string;
  readonly workforceArn?: string;
  readonly subDomain?: string;
  readonly productListingIds?: readonly string[];
  /** ISO 8601, UTC, whole seconds (as Kubernetes writes times). */
  readonly createDate?: string;
  /** ISO 8601, UTC, whole seconds. */
  readonly lastUpdatedDate?: string;
}

/** The last segment of a workforce's ARN, which is its name. */
export function workforceNameOf(workforceArn: string): string {
  return workforceArn.slice(workforceArn.lastIndexOf('/') + 1);
}
