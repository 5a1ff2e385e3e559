import type { Readable } from 'node:stream';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { bounded } from './bounded.ts';
import { FencedHttpHandler, type WriteBudget } from './fence.ts';
import { Limiter, type Pace, type Timers } from './limiter.ts';

/** Where credentials come from; the SDK's own type, so that its default chain can be passed as it is. */
export type Credentials = NonNullable<ConstructorParameters<typeof SageMakerClient>[0]>['credentials'] &
  (() => unknown);

/** What all regions share. */
export interface ClientOptions {
  readonly credentials: Credentials;
  readonly userAgent: string;
  readonly pace: Pace;
  readonly writeBudget: WriteBudget;
  readonly timers: Timers;
}

/** One region: its client and the bucket that all its calls go through. */
export interface Region {
  readonly client: SageMakerClient;
  readonly limiter: Limiter;
}

/** Connecting to a regional endpoint takes milliseconds; three seconds tell a dead one from a slow one. */
const CONNECT_TIMEOUT_MS = 3_000;

/** A client and a limiter for each region in use, made when first needed. Retries are left to the work queue. */
export class RegionalClients {
  readonly #options: ClientOptions;
  readonly #regions = new Map<string, Region>();
  readonly #answeredAt = new WeakMap<object, number>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The region of that name. */
  region(name: string): Region {
    const known = this.#regions.get(name);
    if (known !== undefined) return known;
    const region: Region = {
      client: this.#client(name),
      limiter: new Limiter(this.#options.pace, this.#options.timers),
    };
    this.#regions.set(name, region);
    return region;
  }

  /** The Date header of the answer that `output` was read from, in epoch milliseconds: the service's own clock. */
  answeredAt(output: object): number | undefined {
    return this.#answeredAt.get(output);
  }

  /** Closes all connections. */
  close(): void {
    for (const { client } of this.#regions.values()) client.destroy();
    this.#regions.clear();
  }

  #client(region: string): SageMakerClient {
    const { credentials, userAgent, writeBudget, timers } = this.#options;
    const client = new SageMakerClient({
      region,
      credentials,
      maxAttempts: 1,
      customUserAgent: userAgent,
      streamCollector: (body: Readable) => bounded(body),
      requestHandler: new FencedHttpHandler({ connectionTimeout: CONNECT_TIMEOUT_MS }, writeBudget, timers),
    });
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const answeredAt = Date.parse(dateOf(result.response));
        if (result.output !== undefined && !Number.isNaN(answeredAt)) this.#answeredAt.set(result.output, answeredAt);
        return result;
      },
      { step: 'deserialize', priority: 'high', name: 'keepDate' },
    );
    return client;
  }
}

function dateOf(response: unknown): string {
  const headers = (response as { headers?: Record<string, string> } | undefined)?.headers;
  return headers?.date ?? '';
}
