/** Stands in for STS where a pod has a token file (IRSA): AssumeRoleWithWebIdentity, as far as an operator needs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { accessKeyOf, DEFAULT_ACCOUNT } from '../../../dev/sagemaker/identity.ts';
import { CANARY } from '../../support/canary.ts';
import type { TestEmulator } from '../../support/emulator.ts';

/** What STS does about every request, whatever token it has. */
export type Mood = 'answers' | 'is down' | 'never answers' | 'throttles' | 'denies' | 'breaks connections';

/** The tokens of the operators of a file, each in a region of its own. */
export interface WebIdentity {
  /** The emulator, with an environment that has a role and a token file instead of keys. */
  readonly emulator: TestEmulator;
  /** What is in the token file of the region from now on. */
  writeToken(region: string, token: string): void;
  removeToken(region: string): void;
  /** The one token that STS accepts for the region from now on. */
  accept(region: string, token: string): void;
  setMood(region: string, mood: Mood): void;
  /** The tokens that credentials were given for, oldest first. */
  used(region: string): readonly string[];
}

/** The token of a region at first. */
export const firstToken = (region: string) => `${region} first`;

/** So short that the SDK has to ask again for nearly each call, in milliseconds. */
const LIFETIME_MS = 2_000;

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function useWebIdentity(emulator: TestEmulator): WebIdentity {
  const accepted = new Map<string, string>();
  const moods = new Map<string, Mood>();
  const used: string[] = [];
  const server = createServer((request, response) => void answer(request, response));
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'workteam-operator-tokens-'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const parameters = new URLSearchParams(Buffer.concat(chunks).toString());
    // Every token here begins with its region.
    const token = parameters.get('WebIdentityToken') ?? '';
    const [region = ''] = token.split(' ');
    const mood = moods.get(region) ?? 'answers';
    if (mood === 'never answers') return;
    if (mood === 'breaks connections') request.socket.destroy();
    else if (mood === 'answers' && accepted.get(region) === token) {
      used.push(token);
      response.writeHead(200, XML).end(credentialsFor(DEFAULT_ACCOUNT));
    } else {
      const { status, code } = mood === 'answers' ? { status: 400, code: 'ExpiredTokenException' } : ERRORS[mood];
      response.writeHead(status, XML).end(errorOf(code));
    }
  }

  const fileOf = (region: string) => join(folder, region);
  const web: Omit<WebIdentity, 'emulator'> = {
    writeToken: (region, token) => writeFileSync(fileOf(region), token),
    removeToken: (region) => rmSync(fileOf(region)),
    accept: (region, token) => void accepted.set(region, token),
    setMood: (region, mood) => void moods.set(region, mood),
    used: (region) => used.filter((token) => token.startsWith(`${region} `)),
  };
  const environment: TestEmulator['environment'] = (place) => {
    const { AWS_ACCESS_KEY_ID: _key, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = emulator.environment(place);
    web.accept(place.region, firstToken(place.region));
    web.writeToken(place.region, firstToken(place.region));
    return {
      ...rest,
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ROLE_ARN: `arn:aws:iam::${DEFAULT_ACCOUNT}:role/workteam-operator`,
      AWS_WEB_IDENTITY_TOKEN_FILE: fileOf(place.region),
    };
  };
  return { ...web, emulator: Object.create(emulator, { environment: { value: environment } }) };
}

const XML = { 'content-type': 'text/xml' };

const ERRORS = {
  'is down': { status: 503, code: 'ServiceUnavailable' },
  throttles: { status: 400, code: 'Throttling' },
  denies: { status: 403, code: 'AccessDenied' },
} as const;

function credentialsFor(account: string): string {
  const expiration = new Date(Date.now() + LIFETIME_MS).toISOString();
  const credentials = `<AccessKeyId>${accessKeyOf(account)}</AccessKeyId><SecretAccessKey>${CANARY.secretAccessKey}</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${expiration}</Expiration>`;
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
}

function errorOf(code: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>as the test asked</Message></Error></ErrorResponse>`;
}
