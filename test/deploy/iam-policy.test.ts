/** The policies for AWS allow what the program calls, and nothing else. */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { operations } from '../../dev/sagemaker/operations/index.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition?: object;
}

const statementsOf = async (name: string): Promise<readonly Statement[]> =>
  JSON.parse(await readFile(`deploy/aws/${name}`, 'utf8')).Statement;

const plain = await statementsOf('iam-policy.json');
const guarded = await statementsOf('iam-policy-guarded.json');

/** `action resource`, one line for each. */
const grants = (statements: readonly Statement[]): string[] =>
  statements.flatMap(({ Action, Resource }) => [Action].flat().map((action) => `${action} ${Resource}`)).toSorted();

/** The operations that the program can call: those whose commands it imports from the client. */
async function called(): Promise<string[]> {
  const sources = await Promise.all(globSync('src/**/*.ts').map((path) => readFile(path, 'utf8')));
  const imports = sources.flatMap((text) => [
    ...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-sagemaker';/g),
  ]);
  const names = imports.flatMap(([, list = '']) =>
    [...list.matchAll(/\b(\w+)Command\b/g)].map(([, name = '']) => name),
  );
  return [...new Set(names)].toSorted();
}

describe.each([
  ['iam-policy.json', plain],
  ['iam-policy-guarded.json', guarded],
])('%s', (_name, statements) => {
  test('allows each operation of SageMaker that the program calls, and no other', async () => {
    const allowed = grants(statements).flatMap((grant) => /^sagemaker:(\w+) /.exec(grant)?.[1] ?? []);
    expect(allowed).toEqual(await called());
    expect(allowed.filter((operation) => !operations.has(operation))).toEqual([]);
  });

  test('is about work teams of private workforces only, where an operation has a resource', () => {
    expect(grants(statements).filter((grant) => grant.endsWith(' *'))).toEqual(['sagemaker:ListWorkteams *']);
    const others = statements.filter(({ Sid }) => !['Sweep', 'OnlyForTeamsOfCognitoGroups'].includes(Sid));
    for (const { Effect, Resource } of others) {
      expect({ Effect, Resource }).toEqual({
        Effect: 'Allow',
        Resource: 'arn:aws:sagemaker:*:111122223333:workteam/private-crowd/*',
      });
    }
  });
});

test('the guarded policy differs in one condition: what changes or deletes a work team asks for the owner tag', () => {
  expect(grants(guarded)).toEqual(grants(plain));
  expect(plain.filter(({ Condition }) => Condition !== undefined)).toEqual([]);
  expect(guarded.filter(({ Condition }) => Condition !== undefined)).toMatchObject([
    {
      Action: ['sagemaker:UpdateWorkteam', 'sagemaker:DeleteWorkteam'],
      Condition: { Null: { [`aws:ResourceTag/${OWNER_TAG_KEY}`]: 'false' } },
    },
  ]);
});
