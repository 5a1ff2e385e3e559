import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FencedError } from '../workteam/aws-error.ts';
import type { Timers } from './limiter.ts';

/**
 * How long, in milliseconds from now, a write that begins now may take; 0 when none may begin. Infinity where no other
 * process could be writing.
 */
export type WriteBudget = () => number;

type HttpRequest = Parameters<NodeHttpHandler['handle']>[0];
type HttpOptions = NonNullable<Parameters<NodeHttpHandler['handle']>[1]>;
type HttpResponse = Awaited<ReturnType<NodeHttpHandler['handle']>>;

/** SageMaker's operations that change nothing begin with one of these words. Whatever is not known for a read is fenced. */
const READS = /^SageMaker\.(?:Describe|List)/;

/**
 * The SDK's HTTP handler behind a fence: the last thing that happens before a write goes to the socket is asking whether
 * this process may still write, and a write that is under way when the answer becomes no is cut off. Reads pass freely.
 */
export class FencedHttpHandler extends NodeHttpHandler {
  readonly #budget: WriteBudget;
  readonly #timers: Timers;

  constructor(options: ConstructorParameters<typeof NodeHttpHandler>[0], budget: WriteBudget, timers: Timers) {
    super(options);
    this.#budget = budget;
    this.#timers = timers;
  }

  /** As NodeHttpHandler's; throws FencedError for a write that may not begin or may not go on. */
  override async handle(request: HttpRequest, options: HttpOptions = {}): Promise<HttpResponse> {
    if (READS.test(request.headers['x-amz-target'] ?? '')) return super.handle(request, options);
    const budget = this.#budget();
    if (budget <= 0) throw new FencedError('this process may not write to AWS: its lease was not renewed in time');
    if (budget === Number.POSITIVE_INFINITY) return super.handle(request, options);
    const expired = new AbortController();
    const cancel = this.#timers.setTimeout(() => expired.abort(), budget);
    const { abortSignal } = options;
    const signals = abortSignal instanceof AbortSignal ? [abortSignal, expired.signal] : [expired.signal];
    try {
      return await super.handle(request, { ...options, abortSignal: AbortSignal.any(signals) });
    } catch (error) {
      if (!expired.signal.aborted) throw error;
      throw new FencedError('a write to AWS was cut off: the lease was not renewed in time', { cause: error });
    } finally {
      cancel();
    }
  }
}
