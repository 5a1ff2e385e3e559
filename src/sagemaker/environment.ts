import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { Timers } from './limiter.ts';
import { within } from './within.ts';

/** What the SDK's own chains say: environment, shared files, IRSA, EKS Pod Identity, instance metadata. */
export interface AwsEnvironment {
  readonly region: string;
  /** Cached until shortly before it expires; asked before every call. */
  readonly credentials: ReturnType<typeof defaultProvider>;
}

/** Neither the caller nor the environment names a region. */
export class NoRegionError extends Error {
  override readonly name = 'NoRegionError';
}

/** The chains of this process. `region` goes before what the environment says; throws NoRegionError where neither names one. */
export async function awsEnvironment(region: string | undefined, timers: Timers): Promise<AwsEnvironment> {
  const found = region ?? (await regionOfEnvironment());
  const newChain = () => defaultProvider({ clientConfig: { region: found } });
  return { region: found, credentials: begunAnew(newChain, timers) };
}

/**
 * For how long a chain is waited for, in milliseconds: instance metadata that is not there takes a few seconds, and whoever
 * asks for credentials gives up after 20 s.
 */
const CHAIN_WITHIN_MS = 15_000;

/**
 * Credentials of a chain that is begun anew when an answer has not come in time; the ask rejects with a TimeoutError then.
 * While a chain asks, the SDK lets everybody wait for that one answer, and has no timeout for what STS says about a token
 * file: an answer that never comes would be waited for until the process ends.
 */
export function begunAnew(
  newChain: () => AwsEnvironment['credentials'],
  timers: Timers,
): AwsEnvironment['credentials'] {
  let chain = newChain();
  return async (properties) => {
    const asked = chain;
    try {
      return await within(CHAIN_WITHIN_MS, timers, new AbortController().signal, () => asked(properties));
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      if (isLate && chain === asked) chain = newChain();
      throw error;
    }
  };
}

async function regionOfEnvironment(): Promise<string> {
  const client = new SageMakerClient({});
  try {
    return await client.config.region();
  } catch (error) {
    throw new NoRegionError('no region in the environment', { cause: error });
  } finally {
    client.destroy();
  }
}
