import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { accessKeyOf } from '../../dev/sagemaker/identity.ts';
import { CANARY } from './canary.ts';
import type { TestEmulator } from './emulator.ts';

/** Credentials of child processes that can be switched while they run. */
export interface SwitchedCredentials {
  /** The emulator, with an environment that has credentials of `place.account` until they are switched. */
  readonly emulator: TestEmulator;
  /** From now on child processes of the region have credentials of another account. */
  switchTo(region: string, account: string): void;
}

/** The SDK keeps credentials that expire later than in 5 min; others it asks for again, beside each call. */
const EXPIRE_AFTER_MS = 4 * 60_000;

/**
 * To be called at the top of a test file. Static credentials of the environment are read once by the SDK; these come from a
 * `credential_process`, which is asked again and again because they expire soon, as those of a role do.
 */
export function useSwitchedCredentials(emulator: TestEmulator): SwitchedCredentials {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'workteam-operator-credentials-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const fileOf = (region: string, ending: string) => join(folder, `${region}.${ending}`);
  const switchTo = (region: string, account: string): void => {
    const Expiration = new Date(Date.now() + EXPIRE_AFTER_MS).toISOString();
    const credentials = {
      Version: 1,
      AccessKeyId: accessKeyOf(account),
      SecretAccessKey: CANARY.secretAccessKey,
      Expiration,
    };
    writeFileSync(fileOf(region, 'json'), JSON.stringify(credentials));
  };
  const environment: TestEmulator['environment'] = (place) => {
    const { AWS_ACCESS_KEY_ID: key = '', AWS_SECRET_ACCESS_KEY: _secret, ...rest } = emulator.environment(place);
    switchTo(place.region, place.account ?? key.slice('AKIA'.length, 'AKIA'.length + 12));
    const config = fileOf(place.region, 'config');
    writeFileSync(config, `[default]\ncredential_process = cat '${fileOf(place.region, 'json')}'\n`);
    return { ...rest, AWS_CONFIG_FILE: config };
  };
  return { switchTo, emulator: Object.create(emulator, { environment: { value: environment } }) };
}
