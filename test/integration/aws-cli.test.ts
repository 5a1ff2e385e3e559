/** The emulator against a foreign client: the real AWS CLI, and the service model that comes with it. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Shape } from '../../dev/sagemaker/scalars.ts';
import { shapes } from '../../dev/sagemaker/shapes.ts';
import { type AwsCli, hasPython, installAwsCli } from '../support/aws-cli.ts';
import { useEmulator } from '../support/emulator.ts';

vi.setConfig({ testTimeout: 120_000 }); // a call takes 1 s, and several on a busy machine

const python = await hasPython();
if (!python) console.warn('\n*** SKIPPED: the checks by the AWS CLI need python3, and there is none. ***\n');

describe.skipIf(!python)('the AWS CLI', () => {
  const emulator = useEmulator();
  const place = { region: 'eu-west-1', account: '210987654321' };
  const arn = (name: string) => `arn:aws:sagemaker:eu-west-1:210987654321:workteam/private-crowd/${name}`;
  let cli: AwsCli;

  beforeAll(async () => {
    cli = await installAwsCli();
  }, 300_000);

  const aws = (...args: string[]) => cli.aws(emulator.environment(place), ...args);
  const sagemaker = (...args: string[]) => aws('sagemaker', ...args);
  const MEMBERS = JSON.stringify([{ OidcMemberDefinition: { Groups: ['a', 'b'] } }]);
  const create = (name: string, ...more: string[]) =>
    sagemaker(
      'create-workteam',
      '--workteam-name',
      name,
      '--description',
      'd',
      '--member-definitions',
      MEMBERS,
      ...more,
    );

  test('creates, shows, lists, changes, tags and deletes a work team', async () => {
    expect(await create('blue', '--tags', 'Key=k,Value=v')).toEqual({
      code: 0,
      output: { WorkteamArn: arn('blue') },
      stderr: '',
    });
    const [described, listed, tags, again] = await Promise.all([
      sagemaker('describe-workteam', '--workteam-name', 'blue'),
      sagemaker('list-workteams', '--name-contains', 'blue'),
      sagemaker('list-tags', '--resource-arn', arn('blue')),
      create('blue'),
    ]);
    const Workteam = { WorkteamName: 'blue', Description: 'd', MemberDefinitions: JSON.parse(MEMBERS) };
    expect(described).toMatchObject({ code: 0, output: { Workteam } });
    expect(listed).toMatchObject({ code: 0, output: { Workteams: [Workteam] } });
    expect(tags).toMatchObject({ code: 0, output: { Tags: [{ Key: 'k', Value: 'v' }] } });
    expect(again.stderr).toContain(
      'An error occurred (ResourceInUse) when calling the CreateWorkteam operation: Work team',
    );

    const [updated, added] = await Promise.all([
      sagemaker('update-workteam', '--workteam-name', 'blue', '--description', 'new'),
      sagemaker('add-tags', '--resource-arn', arn('blue'), '--tags', 'Key=l,Value=w'),
    ]);
    expect(updated).toMatchObject({ code: 0, output: { Workteam: { ...Workteam, Description: 'new' } } });
    expect(added).toMatchObject({ code: 0, output: { Tags: [{ Key: 'k' }, { Key: 'l' }] } });

    expect(await sagemaker('delete-tags', '--resource-arn', arn('blue'), '--tag-keys', 'k')).toMatchObject({ code: 0 });
    expect(emulator.control.teams(place)).toMatchObject([{ workteam: { Description: 'new' }, tags: { l: 'w' } }]);
    const deleted = await sagemaker('delete-workteam', '--workteam-name', 'blue');
    expect(deleted).toEqual({ code: 0, output: { Success: true }, stderr: '' });
    expect(emulator.control.teams(place)).toEqual([]);
  });

  test('knows the account by GetCallerIdentity, and the workforce', async () => {
    const [identity, workforces] = await Promise.all([aws('sts', 'get-caller-identity'), sagemaker('list-workforces')]);
    const Arn = 'arn:aws:iam::210987654321:user/emulator';
    expect(identity).toEqual({
      code: 0,
      output: { Account: '210987654321', Arn, UserId: expect.any(String) },
      stderr: '',
    });
    expect(workforces).toMatchObject({ code: 0, output: { Workforces: [{ WorkforceName: 'private-crowd' }] } });
  });

  test('understands errors', async () => {
    const [missing, invalid] = await Promise.all([
      sagemaker('describe-workteam', '--workteam-name', 'red'),
      create('not_a_name'),
    ]);
    expect(missing).toMatchObject({ code: 255, output: undefined });
    expect(missing.stderr.trim()).toBe(
      'An error occurred (ValidationException) when calling the DescribeWorkteam operation: The work team red does not exist.',
    );
    expect(invalid.stderr).toContain(
      "1 validation error detected: Value 'not_a_name' at 'workteamName' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}',
    );
  });

  test('follows pages, and waits out throttling and lost answers', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `t${10 + index}`);
    for (const WorkteamName of names) {
      const parameters = { WorkteamName, Description: 'd', MemberDefinitions: JSON.parse(MEMBERS) };
      emulator.control.actAsConsole(place, 'CreateWorkteam', parameters);
    }
    emulator.control.addFault({ match: { operation: 'ListWorkteams', nth: 1 }, fault: { kind: 'throttle' } });
    emulator.control.addFault({ match: { operation: 'ListWorkteams', nth: 3 }, fault: { kind: 'dropAfter' } });
    const { code, output } = await sagemaker('list-workteams', '--query', 'Workteams[].WorkteamName');
    expect({ code, output }).toEqual({ code: 0, output: names });
  });

  describe('its service model has the shapes of the emulator', () => {
    /** Of these the emulator knows a part. */
    const PARTIAL = ['Workforce', 'OidcConfigForResponse'];
    let model: Readonly<Record<string, ModelShape>>;
    beforeAll(async () => {
      model = ((await cli.sageMakerModel()) as { shapes: typeof model }).shapes;
    });

    test.each(Object.entries<Shape>(shapes))('%s', (name, shape) => {
      const theirs = model[name];
      if (!theirs) throw new Error(`the model has no shape ${name}`);
      const isPartial = shape.type === 'structure' && PARTIAL.includes(name);
      const ours = isPartial ? { ...shape, members: expect.objectContaining(shape.members) } : shape;
      expect(asOurs(theirs)).toEqual(ours);
    });
  });
});

/** A shape as botocore writes it. */
interface ModelShape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
}

/** The same shape as the emulator's table writes it. */
function asOurs({ type, min, max, pattern, enum: values, required, member, members }: ModelShape) {
  const named = members && Object.fromEntries(Object.entries(members).map(([name, { shape }]) => [name, shape]));
  return { type, min, max, pattern, enum: values, required, member: member?.shape, members: named };
}
