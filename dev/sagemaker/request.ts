/** What a request asks for, however malformed it is. */
import { ServiceError } from './errors.ts';
import { readCaller, type Scope } from './identity.ts';
import { isObject } from './validate.ts';
import { jsonProtocol, type Protocol, queryProtocol, type RawRequest } from './wire.ts';

export interface Call extends Scope {
  /** Empty where none could be read. */
  readonly accessKeyId: string;
  /** The SigV4 service name. */
  readonly service: string;
  readonly requestId: string;
  readonly protocol: Protocol;
  /** Empty when the request names none. */
  readonly operation: string;
  readonly parameters: unknown;
  readonly workteamName: string | undefined;
  /** Why the request cannot be served at all. */
  readonly problem: ServiceError | undefined;
}

export class RequestReader {
  readonly #defaultAccount: string;
  #calls = 0;

  constructor(defaultAccount: string) {
    this.#defaultAccount = defaultAccount;
  }

  /** Never throws: what is wrong with the request is in `problem`, and the rest is what could be read. */
  read(request: RawRequest): Call {
    const caller = attempt(() => readCaller(request.headers.authorization, this.#defaultAccount));
    const scope = caller.value ?? { account: '', region: '', accessKeyId: '', service: '' };
    const protocol = scope.service === 'sts' ? queryProtocol : jsonProtocol;
    const operation = attempt(() => protocol.operationOf(request));
    const parameters = attempt(() => protocol.parametersOf(request));
    return {
      account: scope.account,
      region: scope.region,
      accessKeyId: scope.accessKeyId,
      service: scope.service,
      protocol,
      operation: operation.value ?? '',
      parameters: parameters.value,
      workteamName: workteamIn(parameters.value),
      problem: caller.problem ?? wrongService(scope.service) ?? operation.problem ?? parameters.problem,
      requestId: this.#nextId(),
    };
  }

  /** A call that came over no wire. */
  internal({ account, region }: Scope, operation: string, parameters: unknown): Call {
    const workteamName = workteamIn(parameters);
    const rest = {
      accessKeyId: '',
      service: 'sagemaker',
      protocol: jsonProtocol,
      problem: undefined,
      requestId: this.#nextId(),
    };
    return { account, region, operation, parameters, workteamName, ...rest };
  }

  /** In the form of a UUID, and counting, so that runs can be compared. */
  #nextId(): string {
    this.#calls += 1;
    return `00000000-0000-4000-8000-${this.#calls.toString(16).padStart(12, '0')}`;
  }
}

interface Attempt<T> {
  readonly value: T | undefined;
  readonly problem: ServiceError | undefined;
}

function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { value: read(), problem: undefined };
  } catch (error) {
    if (error instanceof ServiceError) return { value: undefined, problem: error };
    throw error;
  }
}

function wrongService(service: string): ServiceError | undefined {
  if (service === 'sagemaker' || service === 'sts') return undefined;
  return new ServiceError(
    'InvalidSignatureException',
    "Credential should be scoped to correct service: 'sagemaker' (or 'sts').",
  );
}

function workteamIn(parameters: unknown): string | undefined {
  if (!isObject(parameters)) return undefined;
  const { WorkteamName, ResourceArn, WorkteamArn } = parameters;
  if (typeof WorkteamName === 'string') return WorkteamName;
  const arn = ResourceArn ?? WorkteamArn;
  return typeof arn === 'string' ? arn.split('/').at(-1) : undefined;
}
