import {
  AddTagsCommand,
  CreateWorkteamCommand,
  DeleteTagsCommand,
  DeleteWorkteamCommand,
  DescribeWorkteamCommand,
  ListTagsCommand,
  type ListTagsCommandOutput,
  ListWorkteamsCommand,
  type ListWorkteamsCommandInput,
  type ListWorkteamsCommandOutput,
  type SageMakerClient,
  type Tag,
  UpdateWorkteamCommand,
} from '@aws-sdk/client-sagemaker';
import { AwsError } from '../workteam/aws-error.ts';
import type { ObservedWorkteam, Tags } from '../workteam/observed.ts';
import type { CreateRequest, UpdateRequest } from '../workteam/step.ts';
import { type Answer, tagsIn, teamIn, teamsIn, tokenIn } from './answers.ts';
import { classify, classifyCredentials } from './classify.ts';
import { type ClientOptions, RegionalClients } from './clients.ts';
import type { CallPriority } from './limiter.ts';
import { newest } from './newest.ts';
import { createInput, observedTags, observedWorkteam, tagsInput, updateInput } from './translate.ts';
import { within } from './within.ts';

/** From the request to the whole answer; the SDK has no limit of its own and would wait for ever. */
const REQUEST_TIMEOUT_MS = 10_000;

/** A credential chain that asks STS, an agent or instance metadata has no limit of its own either. */
const CREDENTIALS_TIMEOUT_MS = 20_000;

/** How many teams ListWorkteams shows on a page at most. */
const PAGE = 100;

/** While AWS throttles for longer than this a call is not even queued, in milliseconds: the status says why, the worker is free. */
const LONGEST_WAIT_MS = 2_000;

/** What there is to say of a write that succeeded. */
export interface Written {
  readonly requestId: string | undefined;
}

/** Where, how urgently and for how long a call is made. */
export interface Call {
  readonly region: string;
  readonly priority: CallPriority;
  readonly signal: AbortSignal;
}

/** What became of one HTTP call, for logs and metrics. */
export interface CallResult {
  readonly operation: string;
  readonly region: string;
  /** `OK`, `NotFound` (no such work team, which is an answer like any other), or the reason of the failure. */
  readonly code: string;
  readonly ms: number;
  readonly waitedMs: number;
  readonly requestId: string | undefined;
}

/** What the calls need besides clients. */
export interface SagemakerOptions extends ClientOptions {
  /** Told of each call that ended. Must not throw. */
  readonly onCall?: (result: CallResult) => void;
}

/**
 * SageMaker's work-team calls, one method each, no decisions. Each waits its turn in the region's token bucket, has
 * timeouts, and is made once. All throw AwsError, FencedError for a write that the lease forbids, or the signal's reason.
 */
export class SagemakerWorkteams {
  readonly #options: SagemakerOptions;
  readonly #clients: RegionalClients;

  constructor(options: SagemakerOptions) {
    this.#options = options;
    this.#clients = new RegionalClients(options);
  }

  /** DescribeWorkteam; `answeredAt` is the service's clock in epoch milliseconds. */
  async describe(
    call: Call,
    workteamName: string,
  ): Promise<{ team: ObservedWorkteam | 'absent'; answeredAt?: number }> {
    try {
      const output = await this.#send(call, 'DescribeWorkteam', (client, options) =>
        client.send(new DescribeWorkteamCommand({ WorkteamName: workteamName }), options),
      );
      const answeredAt = this.#clients.answeredAt(output);
      const team = observedWorkteam(teamIn(answerOf('DescribeWorkteam', output), output.Workteam, workteamName));
      return { team, ...(answeredAt !== undefined && { answeredAt }) };
    } catch (error) {
      if (error instanceof AwsError && error.meaning === 'notFound') return { team: 'absent' };
      throw error;
    }
  }

  /** All tags of a work team, page by page. */
  async listTags(call: Call, arn: string): Promise<Tags> {
    const tags: Tag[] = [];
    let NextToken: string | undefined;
    do {
      const input = { ResourceArn: arn, ...(NextToken && { NextToken }) };
      const output: ListTagsCommandOutput = await this.#send(call, 'ListTags', (client, options) =>
        client.send(new ListTagsCommand(input), options),
      );
      const answer = answerOf('ListTags', output);
      tags.push(...tagsIn(answer, output.Tags));
      NextToken = tokenIn(answer, output.NextToken);
    } while (NextToken);
    return observedTags(tags);
  }

  /** All work teams of a region, page by page. Throws when any page fails: half a list says nothing. */
  async list(call: Call): Promise<ObservedWorkteam[]> {
    const teams: ObservedWorkteam[] = [];
    for await (const page of this.#pages(call, {})) teams.push(...page);
    return teams;
  }

  /** The newest work teams of a region: see `newest`. Throws when any page fails. */
  listNewest(call: Call, names: ReadonlySet<string>): Promise<ObservedWorkteam[]> {
    return newest(this.#pages(call, { SortBy: 'CreateDate', SortOrder: 'Descending' }), names, PAGE);
  }

  /** CreateWorkteam, owner tag included. */
  async create(call: Call, request: CreateRequest): Promise<Written> {
    const output = await this.#send(call, 'CreateWorkteam', (client, options) =>
      client.send(new CreateWorkteamCommand(createInput(request)), options),
    );
    return { requestId: output.$metadata.requestId };
  }

  /** UpdateWorkteam; returns the team as the service says it is now. */
  async update(call: Call, request: UpdateRequest): Promise<Written & { team: ObservedWorkteam }> {
    const output = await this.#send(call, 'UpdateWorkteam', (client, options) =>
      client.send(new UpdateWorkteamCommand(updateInput(request)), options),
    );
    const team = teamIn(answerOf('UpdateWorkteam', output), output.Workteam, request.workteamName);
    return { team: observedWorkteam(team), requestId: output.$metadata.requestId };
  }

  /** DeleteWorkteam. `Success: false` comes with HTTP 200 and is thrown like a refusal. */
  async delete(call: Call, workteamName: string): Promise<Written> {
    const output = await this.#send(call, 'DeleteWorkteam', (client, options) =>
      client.send(new DeleteWorkteamCommand({ WorkteamName: workteamName }), options),
    );
    const { requestId } = output.$metadata;
    if (output.Success !== false) return { requestId };
    const failure = { reason: 'DeletionBlocked', detail: 'DeleteWorkteam answered Success: false.' } as const;
    throw new AwsError({
      operation: 'DeleteWorkteam',
      failure,
      effect: 'refused',
      requestId,
      cause: undefined,
    });
  }

  /** AddTags; tags of the same key are replaced. */
  async addTags(call: Call, arn: string, tags: Tags): Promise<Written> {
    const output = await this.#send(call, 'AddTags', (client, options) =>
      client.send(new AddTagsCommand({ ResourceArn: arn, Tags: tagsInput(tags) }), options),
    );
    return { requestId: output.$metadata.requestId };
  }

  /** DeleteTags. */
  async removeTags(call: Call, arn: string, keys: readonly string[]): Promise<Written> {
    const output = await this.#send(call, 'DeleteTags', (client, options) =>
      client.send(new DeleteTagsCommand({ ResourceArn: arn, TagKeys: [...keys] }), options),
    );
    return { requestId: output.$metadata.requestId };
  }

  /** Closes all connections. */
  close(): void {
    this.#clients.close();
  }

  async *#pages(call: Call, order: ListWorkteamsCommandInput): AsyncGenerator<ObservedWorkteam[], void, undefined> {
    let NextToken: string | undefined;
    do {
      const input = { MaxResults: PAGE, ...order, ...(NextToken && { NextToken }) };
      const output: ListWorkteamsCommandOutput = await this.#send(call, 'ListWorkteams', (client, options) =>
        client.send(new ListWorkteamsCommand(input), options),
      );
      const answer = answerOf('ListWorkteams', output);
      yield teamsIn(answer, output.Workteams).map(observedWorkteam);
      NextToken = tokenIn(answer, output.NextToken);
    } while (NextToken);
  }

  async #send<Output extends { $metadata: { requestId?: string | undefined } }>(
    { region, priority, signal }: Call,
    operation: string,
    request: (client: SageMakerClient, options: { abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> {
    const { timers, onCall } = this.#options;
    const { client, limiter } = this.#clients.region(region);
    await this.#haveCredentials(signal, operation);
    const retryAfterMs = limiter.closedForMs;
    if (retryAfterMs > LONGEST_WAIT_MS) {
      const failure = { reason: 'Throttled', operation, retryAfterMs } as const;
      throw new AwsError({ operation, failure, effect: 'refused', cause: undefined });
    }
    const asked = timers.now();
    await limiter.acquire(priority, signal);
    const began = timers.now();
    const told = (code: string, requestId: string | undefined): void =>
      onCall?.({ operation, region, code, ms: timers.now() - began, waitedMs: began - asked, requestId });
    try {
      const output = await within(REQUEST_TIMEOUT_MS, timers, signal, (abortSignal) =>
        request(client, { abortSignal }),
      );
      limiter.accepted(began);
      told('OK', output.$metadata.requestId);
      return output;
    } catch (error) {
      signal.throwIfAborted();
      const classified = classify(error, operation);
      const { failure } = classified;
      if (failure.reason === 'Throttled') limiter.throttled(began, failure.retryAfterMs);
      else if (classified.requestId !== undefined) limiter.accepted(began);
      told(classified.meaning === 'notFound' ? 'NotFound' : failure.reason, classified.requestId);
      throw classified;
    }
  }

  /** Credentials first: whatever goes wrong with them is not an answer to the operation, and spends no token. */
  async #haveCredentials(signal: AbortSignal, operation: string): Promise<void> {
    const { timers, credentials } = this.#options;
    try {
      await within(CREDENTIALS_TIMEOUT_MS, timers, signal, () => credentials());
    } catch (error) {
      signal.throwIfAborted();
      throw classifyCredentials(error, operation);
    }
  }
}

function answerOf(operation: string, { $metadata }: { $metadata: { requestId?: string | undefined } }): Answer {
  return { operation, requestId: $metadata.requestId };
}
