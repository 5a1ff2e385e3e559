/** The service under test, as the operator makes it, pointed at a server of a test's own. */
import { afterEach, vi } from 'vitest';
import { accessKeyOf, DEFAULT_ACCOUNT } from '../../dev/sagemaker/identity.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { type Call, type SagemakerOptions, SagemakerWorkteams } from '../../src/sagemaker/workteams.ts';
import { AwsError } from '../../src/workteam/aws-error.ts';

const KEYS = { accessKeyId: accessKeyOf(DEFAULT_ACCOUNT), secretAccessKey: 'emulator' };

/** More than any test asks for, so that no test waits for its turn. */
const FAST = { perSecond: 100_000, burst: 100_000 };

/**
 * Makes services that end with the test that made them. The SDK finds the endpoint where a user would put it, in the
 * environment, at a region's first call: a test that makes several services calls each before it makes the next.
 */
export function useServices(): (endpoint: string, options?: Partial<SagemakerOptions>) => SagemakerWorkteams {
  const open: SagemakerWorkteams[] = [];
  afterEach(() => {
    for (const service of open.splice(0)) service.close();
    vi.unstubAllEnvs();
  });
  return (endpoint, options = {}) => {
    vi.stubEnv('AWS_ENDPOINT_URL_SAGEMAKER', endpoint);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    const service = new SagemakerWorkteams({
      credentials: async () => KEYS,
      userAgent: 'workteam-operator/test',
      pace: FAST,
      writeBudget: () => Number.POSITIVE_INFINITY,
      timers: systemClock,
      ...options,
    });
    open.push(service);
    return service;
  };
}

/** A call that nothing aborts unless a signal is given. */
export function callIn(region: string, { signal = new AbortController().signal }: { signal?: AbortSignal } = {}): Call {
  return { region, priority: 'high', signal };
}

/** The ARN that the emulator gives to a team of that name. */
export function arnOf(region: string, workteamName: string): string {
  return `arn:aws:sagemaker:${region}:${DEFAULT_ACCOUNT}:workteam/private-crowd/${workteamName}`;
}

/** What the call threw. @throws Error when it succeeds */
export async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([call]);
  if (result.status === 'fulfilled') throw new Error('the call succeeded');
  return result.reason;
}

/** The AwsError that the call ends in. @throws what it threw when that is something else; Error when it succeeds */
export async function awsErrorOf(call: Promise<unknown>): Promise<AwsError> {
  const error = await thrownBy(call);
  if (error instanceof AwsError) return error;
  throw error;
}
