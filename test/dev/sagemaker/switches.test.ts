/** Every switch in every position, as the SDK meets it. */
import {
  AddTagsCommand,
  DeleteTagsCommand,
  ListTagsCommand,
  ListWorkteamsCommand,
  type MemberDefinition,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultSwitches, type Switches, type SwitchName, switchTable } from '../../../dev/sagemaker/switches.ts';
import { useEmulator } from '../../support/emulator.ts';
import { callsOf, cognito, failureOf, oidc } from './requests.ts';

let now = Date.UTC(2030, 0, 1);
const emulator = useEmulator({ clock: () => now, random: seededRandom() });

let region: string;
let client: SageMakerClient;
const moved = new Set<SwitchName>();

beforeEach(() => {
  emulator.control.setSwitches(defaultSwitches());
  region = emulator.newRegion();
  client = emulator.client({ region });
});

/** Moves switches, and remembers which ones this file has shown to matter. */
function set(changes: Partial<Switches>): void {
  for (const name of Object.keys(changes)) moved.add(name as SwitchName);
  emulator.control.setSwitches(changes);
}

/** Runs a test in every position of a switch. */
function eachOf<N extends SwitchName>(
  name: N,
  positions: { readonly [C in Switches[N] & string]: () => Promise<void> },
): void {
  test.each(Object.entries<() => Promise<void>>(positions))(`${name}: %s`, async (position, check) => {
    set({ [name]: position });
    await check();
  });
}

const arnOf = (name: string) => `arn:aws:sagemaker:${region}:123456789012:workteam/private-crowd/${name}`;
const { create, describeTeam, update, remove } = callsOf(() => client);
const listed = async () => (await client.send(new ListWorkteamsCommand({}))).Workteams ?? [];
const listTags = async (name = 'blue') => (await client.send(new ListTagsCommand({ ResourceArn: arnOf(name) }))).Tags;
const addTag = (Key: string, Value = '') =>
  client.send(new AddTagsCommand({ ResourceArn: arnOf('blue'), Tags: [{ Key, Value }] }));
const truth = () => emulator.control.teams({ region });

describe('errors', () => {
  const notFound = async (text: RegExp) => {
    for (const failure of await Promise.all([describeTeam(), update({}), remove()].map(failureOf))) {
      expect(failure).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(text) });
      expect(failure.message).toContain('The work team');
    }
  };
  eachOf('notFoundText', {
    name: () => notFound(/^The work team blue does not exist\.$/),
    arn: () => notFound(/^The work team arn:aws:sagemaker:.*\/blue cannot be found\.$/),
    bare: () => notFound(/^The work team was not found\.$/),
    later: () => notFound(/^Could not complete .* The work team does not exist/),
    multiline: () => notFound(/^The work team "blue" does not exist\.\n/),
  });

  const tagsOfMissing = async (expected: object) => {
    const failures = await Promise.all([listTags(), addTag('a'), client.send(deleteTag('a'))].map(failureOf));
    expect(failures).toEqual(failures.map(() => expect.objectContaining(expected)));
  };
  const deleteTag = (key: string) => new DeleteTagsCommand({ ResourceArn: arnOf('blue'), TagKeys: [key] });
  eachOf('listTagsOnMissing', {
    validation: () =>
      tagsOfMissing({ name: 'ValidationException', message: expect.not.stringContaining('The work team') }),
    sameAsDescribe: () =>
      tagsOfMissing({ name: 'ValidationException', message: expect.stringContaining('The work team') }),
    resourceNotFound: () => tagsOfMissing({ name: 'ResourceNotFound' }),
    empty: async () => {
      expect(await listTags()).toEqual([]);
      await addTag('a');
      await client.send(deleteTag('a'));
      expect(await listTags()).toEqual([]);
    },
  });

  const takenText = async (message: string) => {
    await create();
    expect(await failureOf(create())).toEqual({ name: 'ResourceInUse', status: 400, message });
  };
  eachOf('resourceInUseText', {
    name: () => takenText('Work team blue already exists.'),
    arn: () => takenText(`${arnOf('blue')} already exists.`),
    bare: () => takenText('Cannot create already existing work team.'),
  });

  const rawError = async () => {
    const response = await fetch(emulator.endpoint, { method: 'POST' });
    return (await response.json()) as Record<string, unknown>;
  };
  eachOf('errorTypePrefix', {
    none: async () => expect(await rawError()).toHaveProperty('__type', 'MissingAuthenticationTokenException'),
    namespace: async () => {
      const type = 'com.amazonaws.sagemaker#MissingAuthenticationTokenException';
      expect(await rawError()).toHaveProperty('__type', type);
      expect(await failureOf(describeTeam())).toMatchObject({ name: 'ValidationException' });
    },
  });

  const messageKey = async (key: string) => {
    expect(Object.keys(await rawError()).toSorted()).toEqual(['__type', key].toSorted());
    expect(await failureOf(describeTeam())).toMatchObject({ message: 'The work team blue does not exist.' });
  };
  eachOf('errorMessageKey', { message: () => messageKey('message'), Message: () => messageKey('Message') });
});

describe('creating', () => {
  eachOf('resourceInUseCovers', {
    everyRepeat: async () => {
      await create({ Description: 'd' });
      expect(await failureOf(create({ Description: 'd' }))).toMatchObject({ name: 'ResourceInUse' });
    },
    differentRequest: async () => {
      await create({ Description: 'd' });
      now += 1_000;
      await expect(create({ Description: 'd' })).resolves.toMatchObject({ WorkteamArn: arnOf('blue') });
      expect(await failureOf(create({ Description: 'other' }))).toMatchObject({ name: 'ResourceInUse' });
      expect(truth()).toHaveLength(1);
    },
  });

  test('nameHeldAfterDeleteMs: the name of a deleted team stays taken for a while', async () => {
    set({ nameHeldAfterDeleteMs: 5_000 });
    await create();
    await remove();
    now += 4_999;
    expect(await failureOf(create())).toMatchObject({ name: 'ResourceInUse' });
    now += 1;
    await expect(create()).resolves.toHaveProperty('WorkteamArn');
  });

  const repeatAtQuota = async (name: string) => {
    emulator.control.setup({ region, quota: 1 });
    await create();
    expect(await failureOf(create())).toMatchObject({ name });
    expect(await failureOf(create({ WorkteamName: 'red' }))).toMatchObject({ name: 'ResourceLimitExceeded' });
  };
  eachOf('quotaCheck', {
    afterName: () => repeatAtQuota('ResourceInUse'),
    beforeName: () => repeatAtQuota('ResourceLimitExceeded'),
  });

  eachOf('workforceKind', {
    enforced: async () => {
      await create({ MemberDefinitions: [oidc('a')] });
      await expect(create({ WorkteamName: 'red', MemberDefinitions: [cognito()] })).rejects.toThrow(/workforce/);
    },
    ignored: async () => {
      await create({ MemberDefinitions: [oidc('a')] });
      await create({ WorkteamName: 'red', MemberDefinitions: [cognito()] });
      expect(truth()).toHaveLength(2);
      set({ workforceKind: 'enforced' }); // the first team has decided all the same
      await expect(create({ WorkteamName: 'green', MemberDefinitions: [cognito()] })).rejects.toThrow(/workforce/);
    },
  });

  const elevenGroups = [oidc('1', '2', '3', '4', '5', '6'), oidc('7', '8', '9', '10', '11')];
  eachOf('groupsOverDefinitions', {
    accepted: async () => {
      await create({ MemberDefinitions: elevenGroups });
      expect(await describeTeam()).toMatchObject({ MemberDefinitions: elevenGroups });
    },
    refused: async () => {
      expect(await failureOf(create({ MemberDefinitions: elevenGroups }))).toMatchObject({
        name: 'ValidationException',
      });
      await create();
      await expect(update({ MemberDefinitions: elevenGroups })).rejects.toThrow(/more than 10/);
    },
  });

  const access = { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled', VpcSourceIp: 'Disabled' } as const } };
  eachOf('bothAccessFields', {
    accepted: async () => {
      await create({ WorkerAccessConfiguration: access });
      expect(await describeTeam()).toMatchObject({ WorkerAccessConfiguration: access });
    },
    refused: async () => {
      await expect(create({ WorkerAccessConfiguration: access })).rejects.toThrow(/either SourceIp or VpcSourceIp/);
      await create();
      expect(await failureOf(update({ WorkerAccessConfiguration: access }))).toMatchObject({
        name: 'ValidationException',
      });
    },
  });

  const emoji = (count: number) => create({ Description: '\u{1f600}'.repeat(count), WorkteamName: `e${count}` });
  eachOf('lengthUnit', {
    codePoints: async () => expect(await emoji(200)).toHaveProperty('WorkteamArn'),
    utf16Units: async () => {
      expect(await emoji(100)).toHaveProperty('WorkteamArn');
      expect(await failureOf(emoji(101))).toMatchObject({ name: 'ValidationException' });
    },
  });
});

describe('names', () => {
  eachOf('names', {
    caseSensitive: async () => {
      await create({ WorkteamName: 'Blue' });
      await create({ WorkteamName: 'blue' });
      expect(truth().map(({ workteam }) => workteam.WorkteamArn)).toEqual([arnOf('Blue'), arnOf('blue')]);
    },
    caseInsensitive: async () => {
      await create({ WorkteamName: 'Blue', Tags: [{ Key: 'a', Value: '' }] });
      expect(await failureOf(create({ WorkteamName: 'blue' }))).toMatchObject({ name: 'ResourceInUse' });
      expect(await describeTeam('BLUE')).toMatchObject({ WorkteamName: 'Blue', WorkteamArn: arnOf('Blue') });
      expect(await listTags('blue')).toHaveLength(1);
    },
    lowerCaseArn: async () => {
      expect(await create({ WorkteamName: 'Blue', Tags: [{ Key: 'a', Value: '' }] })).toMatchObject({
        WorkteamArn: arnOf('blue'),
      });
      expect(await describeTeam('blue')).toMatchObject({ WorkteamName: 'Blue', WorkteamArn: arnOf('blue') });
      expect(await listTags('blue')).toHaveLength(1);
    },
  });
});

describe('deleting a team in use', () => {
  const useAndDelete = async () => {
    await create();
    const job = { JobReferenceCode: 'job', LabelCounters: { PendingHuman: 1, HumanLabeled: 2, Total: 3 } };
    emulator.control.putLabelingJob({ region }, 'blue', job);
    return remove();
  };
  const finishAndDelete = async () => {
    expect(truth()).toHaveLength(1);
    const job = { JobReferenceCode: 'job', LabelCounters: { PendingHuman: 0, HumanLabeled: 3, Total: 3 } };
    emulator.control.putLabelingJob({ region }, 'blue', job);
    expect(await remove()).toMatchObject({ Success: true });
    expect(truth()).toEqual([]);
  };
  eachOf('deleteInUse', {
    validation: async () => {
      expect(await failureOf(useAndDelete())).toMatchObject({ name: 'ValidationException' });
      await finishAndDelete();
    },
    resourceInUse: async () => {
      expect(await failureOf(useAndDelete())).toMatchObject({ name: 'ResourceInUse' });
      await finishAndDelete();
    },
    successFalse: async () => {
      expect(await useAndDelete()).toMatchObject({ Success: false });
      await finishAndDelete();
    },
    allowed: async () => {
      expect(await useAndDelete()).toMatchObject({ Success: true });
      expect(truth()).toEqual([]);
    },
  });
});

describe('updating', () => {
  eachOf('updateToOtherKind', {
    refused: async () => {
      await create();
      expect(await failureOf(update({ MemberDefinitions: [cognito()] }))).toMatchObject({
        name: 'ValidationException',
      });
    },
    accepted: async () => {
      await create();
      expect(await update({ MemberDefinitions: [cognito()] })).toMatchObject({ MemberDefinitions: [cognito()] });
    },
    ignored: async () => {
      await create();
      expect(await update({ MemberDefinitions: [cognito()] })).toMatchObject({ MemberDefinitions: [oidc('a')] });
    },
  });

  const NotificationConfiguration = { NotificationTopicArn: 'arn:aws:sns:eu-west-1:123456789012:t' };
  eachOf('emptyNotification', {
    clears: async () => {
      await create({ NotificationConfiguration });
      expect(await update({ NotificationConfiguration: {} })).not.toHaveProperty('NotificationConfiguration');
    },
    ignored: async () => {
      await create({ NotificationConfiguration });
      expect(await update({ NotificationConfiguration: {} })).toMatchObject({ NotificationConfiguration });
    },
  });
});

describe('how a team is shown', () => {
  eachOf('listOptionalMembers', {
    included: async () => {
      await create();
      expect(await listed()).toEqual([await describeTeam()]);
    },
    leftOut: async () => {
      await create();
      const members = Object.keys((await listed())[0] ?? {}).toSorted();
      expect(members).toEqual(['Description', 'MemberDefinitions', 'WorkteamArn', 'WorkteamName']);
      expect(await describeTeam()).toHaveProperty('SubDomain');
    },
  });

  const withoutTopic = async (expected: unknown) => {
    await create();
    expect((await describeTeam())?.NotificationConfiguration).toEqual(expected);
    expect((await listed())[0]?.NotificationConfiguration).toEqual(expected);
  };
  eachOf('noTopicShownAs', {
    absent: () => withoutTopic(undefined),
    empty: () => withoutTopic({}),
    emptyTopic: () => withoutTopic({ NotificationTopicArn: '' }),
  });

  const untouched = async (expected: unknown) => {
    await create();
    expect((await describeTeam())?.WorkerAccessConfiguration).toEqual(expected);
  };
  const constraints = (given: object) => ({ S3Presign: { IamPolicyConstraints: given } });
  eachOf('untouchedAccess', {
    absent: () => untouched(undefined),
    empty: () => untouched({}),
    emptyConstraints: () => untouched(constraints({})),
    disabled: () => untouched(constraints({ SourceIp: 'Disabled', VpcSourceIp: 'Disabled' })),
    sourceIp: () => untouched(constraints({ SourceIp: 'Enabled', VpcSourceIp: 'Disabled' })),
  });

  const partial = async (expected: object) => {
    await create({ WorkerAccessConfiguration: constraints({ VpcSourceIp: 'Enabled' }) });
    expect((await describeTeam())?.WorkerAccessConfiguration).toEqual(constraints(expected));
  };
  eachOf('partialAccess', {
    leftOut: () => partial({ VpcSourceIp: 'Enabled' }),
    disabled: () => partial({ SourceIp: 'Disabled', VpcSourceIp: 'Enabled' }),
  });

  const members = [oidc('c', 'a'), oidc('b', 'd')];
  const groupsIn = (found: readonly MemberDefinition[] = []) =>
    found.flatMap((member) => member.OidcMemberDefinition?.Groups ?? []);
  const answers = async (count: number) => {
    await create({ MemberDefinitions: members });
    const found = [];
    for (let index = 0; index < count; index++) found.push((await describeTeam())?.MemberDefinitions);
    return found;
  };
  eachOf('memberOrder', {
    kept: async () => expect(await answers(1)).toEqual([members]),
    sorted: async () => expect(await answers(1)).toEqual([[oidc('a', 'c'), oidc('b', 'd')]]),
    merged: async () => expect(await answers(1)).toEqual([[oidc('c', 'a', 'b', 'd')]]),
    shuffled: async () => {
      const orders = (await answers(20)).map(groupsIn);
      for (const order of orders) expect(order.toSorted()).toEqual(['a', 'b', 'c', 'd']);
      expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
    },
  });
});

describe('pages', () => {
  test('workteamsPerPage: a page may be shorter than MaxResults', async () => {
    set({ workteamsPerPage: 1 });
    for (const name of ['a', 'b']) await create({ WorkteamName: name });
    const first = await client.send(new ListWorkteamsCommand({ MaxResults: 100 }));
    const second = await client.send(new ListWorkteamsCommand({ MaxResults: 100, NextToken: first.NextToken }));
    expect([first, second].map(({ Workteams }) => Workteams?.length)).toEqual([1, 1]);
    expect(second).not.toHaveProperty('NextToken');
  });

  test('tagsPerPage: ListTags pages too', async () => {
    set({ tagsPerPage: 2 });
    await create({ Tags: ['a', 'b', 'c'].map((Key) => ({ Key, Value: '' })) });
    const ResourceArn = arnOf('blue');
    const first = await client.send(new ListTagsCommand({ ResourceArn }));
    const second = await client.send(new ListTagsCommand({ ResourceArn, NextToken: first.NextToken }));
    expect([first, second].map(({ Tags }) => Tags?.map(({ Key }) => Key))).toEqual([['a', 'b'], ['c']]);
    expect(second).not.toHaveProperty('NextToken');
    const foreign = client.send(new ListTagsCommand({ ResourceArn: arnOf('red'), NextToken: first.NextToken }));
    expect(await failureOf(foreign)).toMatchObject({ name: 'ValidationException' });
  });

  test('nextTokenLifetimeMs: an old token is refused', async () => {
    set({ nextTokenLifetimeMs: 1_000 });
    for (const name of ['a', 'b']) await create({ WorkteamName: name });
    const { NextToken } = await client.send(new ListWorkteamsCommand({ MaxResults: 1 }));
    now += 1_001;
    expect(await failureOf(client.send(new ListWorkteamsCommand({ NextToken })))).toMatchObject({
      name: 'ValidationException',
    });
  });
});

test('requestsPerSecond and requestBurst: what is too much is throttled, per account and region', async () => {
  set({ requestsPerSecond: 2, requestBurst: 3 });
  for (let count = 0; count < 3; count++) await listed();
  const throttled = { name: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
  expect(await failureOf(listed())).toEqual(throttled);
  const others = [{ region: emulator.newRegion() }, { region, account: '210987654321' }];
  for (const place of others) await emulator.client(place).send(new ListWorkteamsCommand({}));
  now += 500;
  await listed();
  expect(await failureOf(listed())).toEqual(throttled);
});

describe('how late a write is seen', () => {
  const DELAY = 3_000;
  const seen = {
    describe: () => describeTeam(),
    list: async () => {
      const [found] = await listed();
      if (!found) throw new Error('not in the list');
      return found;
    },
    listTags: async () => ({ tags: await listTags() }),
  };
  type Reader = keyof typeof seen;
  const readers: readonly Reader[] = ['describe', 'list', 'listTags'];

  /** Expects only this reader to see the old state until the delay is over. */
  const lateFor = async (
    late: Reader,
    old: (reader: Reader) => Promise<void>,
    fresh: (reader: Reader) => Promise<void>,
  ) => {
    now += DELAY - 1;
    await old(late);
    for (const reader of readers.filter((name) => name !== late)) await fresh(reader);
    now += 1;
    for (const reader of readers) await fresh(reader);
  };

  const exists = async (reader: Reader) => void (await seen[reader]());
  const isMissing = async (reader: Reader) => void (await failureOf(seen[reader]()));

  test.each([
    ['createToDescribeMs', 'describe'],
    ['createToListMs', 'list'],
    ['createToListTagsMs', 'listTags'],
  ] as const)('%s', async (name, late) => {
    set({ [name]: DELAY });
    await create();
    expect(await failureOf(create())).toMatchObject({ name: 'ResourceInUse' }); // writes know at once
    await lateFor(late, isMissing, exists);
  });

  test.each([
    ['deleteToDescribeMs', 'describe'],
    ['deleteToListMs', 'list'],
    ['deleteToListTagsMs', 'listTags'],
  ] as const)('%s', async (name, late) => {
    set({ [name]: DELAY });
    await create();
    await remove();
    expect(await failureOf(remove())).toMatchObject({ name: 'ValidationException' });
    await lateFor(late, exists, isMissing);
  });

  test.each([
    ['updateToDescribeMs', 'describe'],
    ['updateToListMs', 'list'],
  ] as const)('%s', async (name, late) => {
    set({ [name]: DELAY });
    await create({ Description: 'old' });
    const answered = await update({ Description: 'new' });
    expect(answered).toMatchObject({ Description: 'new' }); // the answer itself is never late
    const described = (Description: string) => async (reader: Reader) => {
      if (reader !== 'listTags') expect(await seen[reader]()).toMatchObject({ Description });
    };
    await lateFor(late, described('old'), described('new'));
  });

  test('tagsToListTagsMs: the tags of a create and of AddTags', async () => {
    set({ tagsToListTagsMs: DELAY });
    await create({ Tags: [{ Key: 'a', Value: '' }] });
    expect(await listTags()).toEqual([]);
    now += DELAY;
    expect(await listTags()).toHaveLength(1);
    expect((await addTag('b')).Tags).toHaveLength(2);
    expect(await listTags()).toHaveLength(1);
    now += DELAY;
    expect(await listTags()).toHaveLength(2);
  });
});

test('an unknown switch or position is refused with a sentence', () => {
  expect(() => emulator.control.setSwitches(JSON.parse('{"colour": 1}'))).toThrow(
    /^there is no switch colour; there are/,
  );
  expect(() => emulator.control.setSwitches(JSON.parse('{"names": "odd"}'))).toThrow(
    'the switch names takes one of caseSensitive, caseInsensitive, lowerCaseArn, not "odd"',
  );
  expect(() => emulator.control.setSwitches({ workteamsPerPage: -1 })).toThrow(/takes a number of teams, not -1/);
});

test('this file moves every switch there is', () => {
  const untried = Object.keys(switchTable).filter((name) => !moved.has(name as SwitchName));
  expect(untried).toEqual([]);
});

/** A linear congruential generator (Numerical Recipes' constants): the same shuffles in every run. */
function seededRandom(): () => number {
  let state = 1;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
