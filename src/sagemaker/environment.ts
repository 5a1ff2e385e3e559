import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { defaultProvider } from '@aws-sdk/credential-provider-node';

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
export async function awsEnvironment(region: string | undefined): Promise<AwsEnvironment> {
  const found = region ?? (await regionOfEnvironment());
  return { region: found, credentials: defaultProvider({ clientConfig: { region: found } }) };
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
