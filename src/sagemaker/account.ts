import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { AwsEnvironment } from './environment.ts';

type CredentialsProvider = AwsEnvironment['credentials'];
type Identity = Awaited<ReturnType<CredentialsProvider>>;

/** The credentials at hand may not be used; the message says why, as the end of a sentence. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
}

/** What a guard works with. */
export interface AccountGuardOptions {
  /** The twelve digits that GetCallerIdentity has to answer. */
  readonly accountId: string;
  readonly credentials: CredentialsProvider;
  /** Where STS is asked. */
  readonly region: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Told why credentials may not be used, and with `undefined` that they may. Must not throw. */
  readonly onVerdict: (problem: string | undefined) => void;
}

interface Verdict {
  readonly credentials: string;
  readonly problem: string | undefined;
  readonly until: number;
}

/** Credentials of the wrong account do not become those of the right one; but roles and trust are edited meanwhile. */
const ASK_AGAIN_AFTER_MS = 30_000;

/** STS answers in milliseconds, and whoever waits for it holds up every call to SageMaker. */
const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/**
 * Credentials that are of one account, or none: STS is asked whenever they change, and nothing is called with credentials
 * whose account is another or could not be found out. So switched credentials touch nobody else's work teams.
 */
export function guardAccount(options: AccountGuardOptions): CredentialsProvider {
  let verdict: Verdict | undefined;
  let asking: { readonly credentials: string; readonly answer: Promise<Verdict> } | undefined;
  return async (properties) => {
    const identity = await options.credentials(properties);
    const credentials = `${identity.accessKeyId} ${identity.sessionToken ?? ''}`;
    if (verdict?.credentials !== credentials || verdict.until <= options.now()) {
      if (asking?.credentials !== credentials) asking = { credentials, answer: judge(options, identity, credentials) };
      try {
        verdict = await asking.answer;
      } finally {
        asking = undefined;
      }
      options.onVerdict(verdict.problem);
    }
    if (verdict.problem !== undefined) throw new AccountError(verdict.problem);
    return identity;
  };
}

/** How often credentials that may not be used are looked at anew, in milliseconds; STS is asked less often than that. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Asks for guarded credentials again and again until they may be used or `signal` aborts: where there is no Workteam yet,
 * nobody else does, and what was put right would not be heard of. Never rejects.
 */
export async function untilUsable(
  credentials: CredentialsProvider,
  clock: { sleep(ms: number, signal: AbortSignal): Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(LOOK_AGAIN_MS, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      await credentials();
      return;
    } catch {
      // The verdict has been told.
    }
  }
}

async function judge(options: AccountGuardOptions, identity: Identity, credentials: string): Promise<Verdict> {
  const problem = await problemOf(options, identity);
  const until = problem === undefined ? Number.POSITIVE_INFINITY : options.now() + ASK_AGAIN_AFTER_MS;
  return { credentials, problem, until };
}

async function problemOf({ accountId, region }: AccountGuardOptions, identity: Identity): Promise<string | undefined> {
  const client = new STSClient({
    region,
    credentials: identity,
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler(TIMEOUTS),
  });
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    return Account === accountId
      ? undefined
      : `they are of account ${Account ?? 'unknown'}, and --aws-account-id says ${accountId}`;
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown error';
    return `STS could not say whether they are of account ${accountId}: ${why}`;
  } finally {
    client.destroy();
  }
}
