import type { Call, Clock, Cluster, Log, WorkteamService } from './ports.ts';
import { AwsError } from './workteam/aws-error.ts';
import { type Facts, teamName } from './workteam/facts.ts';
import { afterLook, afterRefusal, afterWrite, type Seen } from './workteam/learn.ts';
import { type Memory, rememberCreate } from './workteam/memory.ts';
import type { ObservedWorkteam } from './workteam/observed.ts';
import { FINALIZER, OWNER_TAG_KEY, type Workteam } from './workteam/schema.ts';
import type { Action, Look, Outcome } from './workteam/step.ts';

/** The world, as a pass reaches it. */
export interface World {
  readonly cluster: Cluster;
  readonly aws: WorkteamService;
  readonly clock: Clock;
}

/** What a pass is about. */
export interface Subject {
  readonly key: string;
  readonly call: Call;
  readonly log: Log;
  /** Keeps what the next pass has to know. */
  readonly remember: (memory: Memory) => void;
}

/** Does what a plan asks for, and adds what it learned to the facts. */
export class Performer {
  /** The writes that AWS acknowledged so far. */
  readonly done: Action[] = [];
  /** Of the last call that AWS refused in this pass: what its support asks for. */
  failedRequestId: string | undefined;
  readonly #world: World;
  readonly #subject: Subject;

  constructor(world: World, subject: Subject) {
    this.#world = world;
    this.#subject = subject;
  }

  /** Gathers side by side what the plan lacks; the pass is stale when the object is not the one planned for any more. */
  async look(facts: Facts, look: Look): Promise<{ facts: Facts } | { outcome: Outcome }> {
    const { cluster, aws, clock } = this.#world;
    const { signal } = this.#subject.call;
    const arn = arnOf(facts);
    const [live, crdTerminating, described, tags] = await Promise.all([
      look.object ? cluster.readLive(this.#subject.key, signal) : undefined,
      look.crd ? cluster.crdIsTerminating(signal) : undefined,
      look.team ? aws.describe(this.#subject.call, teamName(facts)) : undefined,
      look.tags && arn !== undefined ? settled(aws.listTags(this.#subject.call, arn)) : undefined,
    ]);
    if (look.object && !isSame(live, facts.workteam)) return { outcome: { kind: 'stale' } };
    const seen: Seen = {
      ...(look.object && { live: true }),
      ...(crdTerminating !== undefined && { crdTerminating }),
      ...described,
    };
    let after = afterLook(facts, seen, clock.now());
    if (tags !== undefined && after.team !== 'absent' && arn === arnOf(after)) {
      if (tags.status === 'rejected') throw tags.reason;
      after = afterLook(after, { tags: tags.value }, clock.now());
    }
    this.#subject.remember(after.memory);
    return { facts: after };
  }

  /**
   * Writes to AWS, one action after the other, and returns what is known afterwards. Throws the AwsError of a write that
   * failed, unless a look can tell more than the error does: then the facts say that it was refused, and that nobody looked.
   */
  async act(initial: Facts, actions: readonly Action[]): Promise<Facts> {
    const { clock } = this.#world;
    let facts = initial;
    for (const action of actions) {
      try {
        const { requestId, team } = await this.#perform(action);
        this.#subject.log.info({ ...described(action), awsRequestId: requestId }, 'wrote to AWS');
        this.done.push(action);
        facts = afterWrite(facts, action, team, clock.now());
        this.#subject.remember(facts.memory);
      } catch (error) {
        if (!(error instanceof AwsError)) {
          this.#brokenOff(facts, action);
          throw error;
        }
        this.failedRequestId = error.requestId;
        const after = afterRefusal(facts, action, error, clock.now());
        this.#subject.remember(after.memory);
        if (after.facts === undefined) throw error;
        return after.facts;
      }
    }
    return facts;
  }

  /** A create that was broken off may have acted all the same, and be shown late. */
  #brokenOff({ memory }: Facts, action: Action): void {
    if (action.do !== 'create') return;
    this.#subject.remember(rememberCreate(memory, 'lost', action.request.tags, this.#world.clock.now()));
  }

  #perform(action: Action): Promise<{ requestId: string | undefined; team?: ObservedWorkteam }> {
    const { aws } = this.#world;
    switch (action.do) {
      case 'create':
        return aws.create(this.#subject.call, action.request);
      case 'update':
        return aws.update(this.#subject.call, action.request);
      case 'removeTags':
        return aws.removeTags(this.#subject.call, action.arn, action.keys);
      case 'addTags':
        return aws.addTags(this.#subject.call, action.arn, action.tags);
      case 'adopt':
        return aws.addTags(this.#subject.call, action.arn, { [OWNER_TAG_KEY]: action.ownerTag });
      case 'release':
        return aws.removeTags(this.#subject.call, action.arn, [OWNER_TAG_KEY]);
      case 'delete':
        return aws.delete(this.#subject.call, action.workteamName);
      default:
        return action satisfies never;
    }
  }
}

/** What a log line says of a write: no member lists, no values of tags. */
function described(action: Action): object {
  switch (action.do) {
    case 'create':
      return { action: action.do, workteamName: action.request.workteamName };
    case 'update':
      return {
        action: action.do,
        workteamName: action.request.workteamName,
        fields: action.differences.map(({ field }) => field),
      };
    case 'removeTags':
      return { action: action.do, keys: action.keys };
    case 'addTags':
      return { action: action.do, keys: Object.keys(action.tags) };
    case 'adopt':
      return { action: action.do, arn: action.arn, from: action.from };
    case 'release':
      return { action: action.do, arn: action.arn };
    case 'delete':
      return { action: action.do, workteamName: action.workteamName };
    default:
      return action satisfies never;
  }
}

/** The ARN to read tags by: of the team just seen, else of the one that the status knows. */
function arnOf({ team, workteam }: Facts): string | undefined {
  return typeof team === 'object' ? team.workteamArn : workteam.status?.workteamArn;
}

/** Whether an object read live is the very one that the pass was planned for. */
function isSame(live: Workteam | undefined, planned: Workteam): boolean {
  const isFinalized = (workteam: Workteam): boolean => workteam.metadata.finalizers?.includes(FINALIZER) === true;
  return (
    live?.metadata.uid === planned.metadata.uid &&
    live.metadata.generation === planned.metadata.generation &&
    // Whoever takes our finalizer off a deleting object by hand wants its team left alone.
    isFinalized(live) === isFinalized(planned)
  );
}

/** Waits for a promise without letting its rejection go unheard while others are waited for. */
async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([promise]);
  return result;
}
