/**
 * SageMaker in memory, as far as one work team is concerned, on a clock that only moves when told to: writes are consistent,
 * reads may show the past, answers get lost, calls are refused. It also judges: a write that no reader could justify throws.
 */
import { AwsError } from '../../src/workteam/aws-error.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import type { ObservedWorkteam, Tags } from '../../src/workteam/observed.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import type { Action, CreateRequest, UpdateRequest } from '../../src/workteam/step.ts';
import { ARN, OURS, WORKFORCE_ARN } from './workteam-fixture.ts';

/** A work team and its tags, as they are or were. */
export interface Stored {
  readonly team: ObservedWorkteam;
  readonly tags: Tags;
}

/** A write that AWS carried out. */
export interface Entry {
  readonly at: number;
  readonly do: Action['do'];
  /** Whether it changed anything. */
  readonly changed: boolean;
}

/** What becomes of a call: `lostBefore` never reached AWS, `lostAfter` acted, and the caller knows neither. */
export type Fate = 'works' | 'lostBefore' | 'lostAfter' | 'throttled' | 'denied';

/** What is read: DescribeWorkteam, ListTags and ListWorkteams may be late each by itself. */
export type Reader = 'team' | 'tags' | 'list';

/** How AWS behaves at the moment. */
export interface Weather {
  /** How old what the next read of that kind shows may be, in milliseconds. */
  readonly lag: (what: Reader) => number;
  readonly fate: () => Fate;
  /** A read may show an older state than one before it did. */
  readonly flickers: boolean;
}

export const FAIR: Weather = { lag: () => 0, fate: () => 'works', flickers: false };

const OUTSIDE_MS = 10_000;

export class SimulatedAws {
  readonly ledger: Entry[] = [];
  weather: Weather = FAIR;
  /** AWS accepts an update that removes the topic, and does not. */
  keepsTopic = false;
  /** ListTags fails where the team is not there, or not there yet; else there are no tags. */
  failsOnMissingTags = false;
  /** The moment that each reader has seen. */
  readonly #shown = { team: 0, tags: 0, list: 0 };
  readonly #history: { at: number; stored: Stored | undefined }[] = [{ at: -1, stored: undefined }];

  /** What there really is. */
  get stored(): Stored | undefined {
    return this.#history.at(-1)?.stored;
  }

  /** Somebody else changes something. */
  set(now: number, stored: Stored | undefined): void {
    this.#history.push({ at: now, stored });
  }

  /** What a reader of `what` sees, who may see the past. */
  view(what: Reader, now: number): Stored | undefined {
    const { lag, flickers } = this.weather;
    const seen = flickers ? now - lag(what) : Math.max(this.#shown[what], now - lag(what));
    this.#shown[what] = seen;
    return this.#history.findLast(({ at }) => at <= seen)?.stored;
  }

  /** A read that may be refused or get no answer. */
  read(operation: string): void {
    const fate = this.weather.fate();
    if (fate === 'throttled') throw refused(operation, { reason: 'Throttled', operation });
    if (fate === 'denied')
      throw refused(operation, { reason: 'AccessDenied', operation, permission: `sagemaker:${operation}` });
    if (fate !== 'works') throw lost(operation);
  }

  /** Carries out a write, or throws as the real client would. `wall` is AWS's own clock. */
  write(action: Action, now: number, wall: Date): ObservedWorkteam | undefined {
    const fate = this.weather.fate();
    if (fate === 'lostBefore') throw lost(action.do);
    if (fate === 'throttled') throw refused(action.do, { reason: 'Throttled', operation: action.do });
    if (fate === 'denied')
      throw refused(action.do, {
        reason: 'AccessDenied',
        operation: action.do,
        permission: 'sagemaker:UpdateWorkteam',
      });
    const before = this.stored;
    const after = this.#carryOut(action, before, now, wall);
    const changed = JSON.stringify(contentOf(before)) !== JSON.stringify(contentOf(after));
    this.ledger.push({ at: now, do: action.do, changed });
    this.set(now, after);
    if (fate === 'lostAfter') throw lost(action.do);
    return action.do === 'update' ? after?.team : undefined;
  }

  #carryOut(action: Action, before: Stored | undefined, now: number, wall: Date): Stored | undefined {
    if (action.do === 'create') {
      if (before !== undefined) throw taken();
      return { team: created(action.request, wall), tags: action.request.tags };
    }
    if (before === undefined) throw gone(action.do);
    if (action.do !== 'adopt') this.#justify(action, now);
    switch (action.do) {
      case 'update':
        return { ...before, team: updated(before.team, action.request, this.keepsTopic, wall) };
      case 'removeTags':
        return { ...before, tags: without(before.tags, action.keys) };
      case 'addTags':
        return { ...before, tags: limited({ ...before.tags, ...action.tags }) };
      case 'adopt':
        return { ...before, tags: limited({ ...before.tags, [OWNER_TAG_KEY]: action.ownerTag }) };
      case 'release':
        return { ...before, tags: without(before.tags, [OWNER_TAG_KEY]) };
      case 'delete':
        return undefined;
      default:
        return action satisfies never;
    }
  }

  /** Only a team that is ours may be written to, or one that was a moment ago: nobody can see the present. */
  #justify(action: Action, now: number): void {
    const wasOurs = ({ stored }: { stored: Stored | undefined }) => stored?.tags[OWNER_TAG_KEY] === OURS;
    const since = this.#history.findLastIndex(({ at }) => at <= now - OUTSIDE_MS);
    if (!this.#history.slice(Math.max(0, since)).some(wasOurs))
      throw new Error(`${action.do} of a team that is not ours`);
  }
}

/** What counts as a change: AWS moves its own dates with every update. */
function contentOf(stored: Stored | undefined): unknown {
  if (stored === undefined) return 'absent';
  const { lastUpdatedDate: _, ...team } = stored.team;
  const members = JSON.stringify(team.memberDefinitions);
  return { ...team, members, tags: Object.entries(stored.tags).sort() };
}

function created(request: CreateRequest, wall: Date): ObservedWorkteam {
  const {
    workteamName,
    description,
    memberDefinitions,
    notificationTopicArn: topic,
    workerAccessConfiguration,
  } = request;
  return {
    workteamName,
    workteamArn: ARN,
    workforceArn: WORKFORCE_ARN,
    description,
    memberDefinitions,
    createDate: seconds(wall),
    lastUpdatedDate: seconds(wall),
    ...(topic !== undefined && { notificationTopicArn: topic }),
    ...(workerAccessConfiguration && { workerAccessConfiguration }),
  };
}

function updated(before: ObservedWorkteam, request: UpdateRequest, keepsTopic: boolean, wall: Date): ObservedWorkteam {
  const { notificationTopicArn: had, ...rest } = before;
  const asked = request.notificationTopicArn;
  const topic = asked === undefined || (asked === null && keepsTopic) ? had : (asked ?? undefined);
  const constraints = {
    ...before.workerAccessConfiguration?.s3Presign?.iamPolicyConstraints,
    ...request.workerAccessConfiguration?.s3Presign.iamPolicyConstraints,
  };
  return {
    ...rest,
    description: request.description,
    memberDefinitions: request.memberDefinitions,
    lastUpdatedDate: seconds(wall),
    ...(topic !== undefined && { notificationTopicArn: topic }),
    ...(Object.keys(constraints).length > 0 && {
      workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: constraints } },
    }),
  };
}

function without(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

function limited(tags: Tags): Tags {
  const failure: Failure = { reason: 'InvalidRequest', operation: 'AddTags', detail: 'More than 50 tags.' };
  if (Object.keys(tags).length > 50) throw refused('AddTags', failure);
  return tags;
}

function seconds(wall: Date): string {
  return `${wall.toISOString().slice(0, 19)}Z`;
}

/** A call without an answer. */
export function lost(operation: string): AwsError {
  const failure: Failure = { reason: 'Unavailable', operation, detail: 'timed out' };
  return new AwsError({ operation, failure, effect: 'unknown', cause: undefined });
}

function refused(operation: string, failure: Failure, meaning?: 'notFound' | 'taken'): AwsError {
  return new AwsError({ operation, failure, effect: 'refused', meaning, cause: undefined });
}

function taken(): AwsError {
  const operation = 'CreateWorkteam';
  return refused(operation, { reason: 'InvalidRequest', operation, detail: 'The name is in use.' }, 'taken');
}

/** Only Delete tells by its error that there is no such team. */
function gone(kind: Action['do']): AwsError {
  const detail = 'The work team does not exist.';
  if (kind === 'delete') return refused('DeleteWorkteam', { reason: 'DeletionBlocked', detail }, 'notFound');
  return refused(kind, { reason: 'InvalidRequest', operation: kind, detail });
}
