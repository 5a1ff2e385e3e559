/**
 * One call, from the request to what goes back to the socket: read it, let a hook stop it, let a
 * fault spoil it, act, enter it in the ledger, answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceError, throttled, unknownOperation } from './errors.ts';
import { type Fault, Faults } from './faults.ts';
import { Hooks } from './hooks.ts';
import { callerIdentity, type Scope } from './identity.ts';
import { Ledger } from './ledger.ts';
import { operations } from './operations/index.ts';
import type { Acted, Context } from './operations/operation.ts';
import { Pager } from './paging.ts';
import { type Replacing, replacement } from './replacement.ts';
import { type Call, RequestReader } from './request.ts';
import { World } from './store.ts';
import type { Switches } from './switches.ts';
import type { Answer, RawRequest } from './wire.ts';

/** What becomes of a request: an answer, a broken connection, or an open one without a word. */
export interface Reply {
  readonly requestId: string;
  readonly answer: Answer | 'drop' | 'hang';
}

export interface ServiceOptions {
  /** ms since the epoch. */
  readonly clock: () => number;
  /** 0 ≤ x < 1, for shuffled answers. */
  readonly random: () => number;
  readonly defaultAccount: string;
  /** Work teams per account and region. */
  readonly quota: number;
  readonly switches: Switches;
  /** Ends every delay. */
  readonly stopped: AbortSignal;
}

/** What the ledger says of a call besides the call itself. */
interface Manner {
  readonly fault?: Fault['kind'];
  readonly outOfBand?: boolean;
  readonly stale?: boolean;
}

export class Service {
  readonly world: World;
  readonly ledger = new Ledger();
  readonly faults = new Faults();
  readonly hooks = new Hooks();
  readonly #pager = new Pager();
  readonly #reader: RequestReader;
  readonly #options: ServiceOptions;
  switches: Switches;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.world = new World(options.quota);
    this.#reader = new RequestReader(options.defaultAccount);
    this.switches = options.switches;
  }

  get now(): number {
    return this.#options.clock();
  }

  async reply(request: RawRequest): Promise<Reply> {
    const call = this.#reader.read(request);
    const { requestId } = call;
    if ((await this.hooks.reach('beforeActing', call)) === 'drop') {
      this.#record(call, 'none', false, { fault: 'dropBefore' });
      return { requestId, answer: 'drop' };
    }
    const fault = this.faults.take(call);
    const answer = fault ? await this.#spoil(call, fault) : this.#serve(call, {});
    const end = await this.hooks.reach('beforeAnswering', call);
    return { requestId, answer: end ?? answer };
  }

  /**
   * The operation done by somebody else than a caller, as in the console: no fault, hook or rate limit applies.
   * @throws ServiceError
   */
  actOutOfBand(scope: Scope, operation: string, parameters: unknown): unknown {
    const result = this.#act(this.#reader.internal(scope, operation, parameters), { outOfBand: true });
    if (result instanceof ServiceError) throw result;
    return result.output;
  }

  /** Enters a change that was made to the state by hand. */
  recordEdit(scope: Scope, operation: string, parameters: unknown): void {
    this.#record(this.#reader.internal(scope, operation, parameters), 'ok', true, { outOfBand: true });
  }

  async #spoil(call: Call, fault: Fault): Promise<Reply['answer']> {
    const manner = { fault: fault.kind };
    switch (fault.kind) {
      case 'staleRead':
        return this.#serve(call, { ...manner, stale: true });
      case 'delay':
        return this.#delay(call, fault.ms, fault.acts ?? false);
      case 'dropAfter':
        this.#serve(call, manner);
        return 'drop';
      case 'dropBefore':
        this.#record(call, 'none', false, manner);
        return 'drop';
      default:
        return this.#replace(call, fault);
    }
  }

  async #delay(call: Call, ms: number, actsFirst: boolean): Promise<Reply['answer']> {
    const manner = { fault: 'delay' } as const;
    const early = actsFirst ? this.#serve(call, manner) : undefined;
    const waited = await sleep(ms, true, { signal: this.#options.stopped }).catch(() => false);
    if (!waited) return 'drop';
    return early ?? this.#serve(call, manner);
  }

  /** Another answer, or none, instead of the service's own. */
  #replace(call: Call, fault: Replacing): Reply['answer'] {
    const other = replacement(call, fault);
    const manner = { fault: fault.kind };
    if (fault.acts) this.#serve(call, manner);
    else this.#record(call, other instanceof ServiceError ? other.code : 'none', false, manner);
    return other instanceof ServiceError ? this.#failure(call, other) : other;
  }

  #serve(call: Call, manner: Manner): Answer {
    const result = this.#act(call, manner);
    if (result instanceof ServiceError) return this.#failure(call, result);
    return call.protocol.success(call.operation, result.output, call.requestId);
  }

  #failure(call: Call, error: ServiceError): Answer {
    return call.protocol.failure(error, call.requestId, this.switches);
  }

  #act(call: Call, manner: Manner): Acted<unknown> | ServiceError {
    try {
      const result = this.#dispatch(call, manner);
      this.#record(call, 'ok', result.effective, manner);
      return result;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      this.#record(call, error.code, false, manner);
      return error;
    }
  }

  #dispatch(call: Call, { stale = false, outOfBand = false }: Manner): Acted<unknown> {
    if (call.problem) throw call.problem;
    const { account, region, operation, parameters } = call;
    const { switches, now } = this;
    if (call.service === 'sts') {
      if (operation !== 'GetCallerIdentity') throw unknownOperation();
      return { output: callerIdentity(call), effective: false };
    }
    const store = this.world.region(call, now);
    const { requestsPerSecond, requestBurst } = switches;
    if (!outOfBand && !store.rate.take(requestsPerSecond, requestBurst, now)) throw throttled();
    const known = operations.get(operation);
    if (!known) throw unknownOperation();
    const context: Context = {
      now,
      stale,
      switches,
      scope: { account, region },
      region: store,
      pager: this.#pager,
      random: this.#options.random,
    };
    return known.act(parameters, context);
  }

  #record(call: Call, outcome: string, effective: boolean, { fault, outOfBand = false }: Manner): void {
    const { account, region, operation, workteamName, parameters, requestId } = call;
    const time = new Date(this.now).toISOString();
    const write = operations.get(operation)?.write ?? outOfBand; // an edit by hand is no operation of the service
    const what = { account, region, operation, workteamName, parameters };
    this.ledger.append({ time, ...what, outcome, write, effective, requestId, outOfBand, fault });
  }
}
