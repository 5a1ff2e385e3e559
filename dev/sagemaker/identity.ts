/**
 * Who calls, and where: taken from the SigV4 credential scope of the request. Signatures are not
 * verified. The access key id names the account: `AKIA<12 digits>…` and `ASIA<12 digits>…` are keys
 * of that account, every other key is one of the emulator's default account.
 */
import { ServiceError } from './errors.ts';

/** An account in a region: the space in which work teams have names. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

export interface Caller extends Scope {
  readonly accessKeyId: string;
  /** The SigV4 service name: `sagemaker` or `sts`. */
  readonly service: string;
}

export const DEFAULT_ACCOUNT = '123456789012';

/** An access key id of the account, for clients of the emulator. */
export const accessKeyOf = (account: string) => `AKIA${account}EMUL`;

/**
 * @throws ServiceError MissingAuthenticationTokenException or IncompleteSignatureException
 */
export function readCaller(authorization: string | undefined, defaultAccount: string): Caller {
  if (!authorization) throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const { accessKeyId, region, service } = readScope(authorization);
  const account = /^(?:AKIA|ASIA)(\d{12})/.exec(accessKeyId)?.[1] ?? defaultAccount;
  return { accessKeyId, account, region, service };
}

function readScope(authorization: string) {
  const pattern = /^AWS4-HMAC-SHA256 .*\bCredential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request\b/;
  const [, accessKeyId, region, service] = pattern.exec(authorization) ?? [];
  const signed = /\bSignedHeaders=[^,\s]+/.test(authorization) && /\bSignature=[0-9a-f]+/.test(authorization);
  if (!accessKeyId || !region || !service || !signed) {
    const text = `Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters. Authorization=${authorization}`;
    throw new ServiceError('IncompleteSignatureException', text);
  }
  return { accessKeyId, region, service };
}

/** The one user that every account has. */
export const userArn = ({ account, region }: Scope) => `arn:${partitionOf(region)}:iam::${account}:user/emulator`;

/** What STS GetCallerIdentity answers. */
export const callerIdentity = (scope: Scope) => ({
  Arn: userArn(scope),
  UserId: `AIDA${scope.account}EMUL`,
  Account: scope.account,
});

/** The partition of a region, by its prefix (AWS's public endpoint rules). */
export function partitionOf(region: string): string {
  const [prefix = ''] = Object.keys(PARTITIONS).filter((start) => region.startsWith(start));
  return PARTITIONS[prefix] ?? 'aws';
}

const PARTITIONS: Readonly<Record<string, string>> = {
  'cn-': 'aws-cn',
  'us-gov-': 'aws-us-gov',
  'us-iso-': 'aws-iso',
  'us-isob-': 'aws-iso-b',
  'us-isof-': 'aws-iso-f',
  'eu-isoe-': 'aws-iso-e',
  'eusc-': 'aws-eusc',
};
