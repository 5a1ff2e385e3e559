import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SageMakerClient, type SageMakerClientConfig } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll } from 'vitest';
import type { Control, Place } from '../../dev/sagemaker/control.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../dev/sagemaker/emulator.ts';
import { accessKeyOf, DEFAULT_ACCOUNT } from '../../dev/sagemaker/identity.ts';
import { CANARY } from './canary.ts';

/** The emulator of a test file: started before its first test, gone after its last. */
export interface TestEmulator {
  readonly endpoint: string;
  readonly control: Control;
  /** A region that no other test of this file has. */
  newRegion(): string;
  /** An SDK client of the place, with a single attempt per call unless the configuration says otherwise. */
  client(place: Place, config?: SageMakerClientConfig): SageMakerClient;
  /** What a child process needs to talk to this emulator and to nothing else of AWS. */
  environment(place: Place): Record<string, string>;
}

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function useEmulator(options: EmulatorOptions = {}): TestEmulator {
  let emulator: Emulator | undefined;
  let home = '';
  let regions = 0;
  const clients: SageMakerClient[] = [];
  const running = (): Emulator => {
    if (!emulator) throw new Error('the emulator runs only inside hooks and tests');
    return emulator;
  };

  beforeAll(async () => {
    emulator = await startEmulator(options);
    home = await mkdtemp(join(tmpdir(), 'workteam-operator-home-'));
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await emulator?.stop();
    if (home) await rm(home, { recursive: true, force: true });
  });

  return {
    get endpoint() {
      return running().endpoint;
    },
    get control() {
      return running().control;
    },
    newRegion() {
      // Two digits are what a region may have; the rest is told by letters.
      const [series, number] = [Math.floor(regions / 99), (regions % 99) + 1];
      regions += 1;
      return `eu-test${'abcdefghijklmnopqrstuvwxyz'.slice(0, series).slice(-1)}-${number}`;
    },
    client(place, config = {}) {
      const client = new SageMakerClient({
        endpoint: running().endpoint,
        region: place.region,
        credentials: {
          accessKeyId: accessKeyOf(place.account ?? DEFAULT_ACCOUNT),
          secretAccessKey: CANARY.secretAccessKey,
        },
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    environment: (place) => awsEnvironment(running().endpoint, place, home),
  };
}

/**
 * The variables that point any AWS SDK and the AWS CLI to an emulator.
 * @param home a folder without `.aws` in it
 */
export function awsEnvironment(endpoint: string, { region, account }: Place, home: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_SAGEMAKER: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region, // the AWS CLI's first version reads only this one
    AWS_ACCESS_KEY_ID: accessKeyOf(account ?? DEFAULT_ACCOUNT),
    AWS_SECRET_ACCESS_KEY: CANARY.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: home,
  };
}
