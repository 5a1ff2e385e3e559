import { describe, expect, test } from 'vitest';
import { planText } from '../../src/cli/plan-text.ts';
import { tell } from '../../src/workteam/preview-entry.ts';
import type { PlanReport } from '../../src/workteam/preview-schema.ts';
import { OWNER_TAG_KEY, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { groups, OURS, SETTINGS, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const report = (more: Partial<PlanReport> = {}): PlanReport => ({
  version: 1,
  result: 'changes',
  clusterId: 'cluster-1',
  workteams: [],
  passedOver: 0,
  problems: [],
  notes: [],
  ...more,
});

function entry(spec: Partial<WorkteamSpec>, had?: WorkteamSpec): PlanReport['workteams'][number] {
  const seen =
    had === undefined
      ? ({ team: 'absent', tags: {} } as const)
      : { team: teamLike(had), tags: { ...had.tags, [OWNER_TAG_KEY]: OURS } };
  const { told } = tell(
    { workteam: workteamOf(spec), settings: SETTINGS, seen, exists: () => true },
    '2030-01-01T00:00:00Z',
  );
  return { ...told, region: 'eu-west-1', file: 'a.yaml', line: 1 };
}

test('a change shows what goes, what comes and what is else', () => {
  const had = { ...SPEC, memberDefinitions: groups('radiology', 'radiology-interns'), tags: { old: '1', both: 'a' } };
  const wanted = {
    description: 'Labels faces',
    memberDefinitions: groups('radiology', 'night-shift'),
    tags: { both: 'b', new: '1' },
  };
  expect(planText(report({ workteams: [entry(wanted, had)] }), false)).toBe(
    [
      'Workteam vision/labelers: work team labelers in eu-west-1 will be changed',
      '  ~ description: "Labels street scenes" -> "Labels faces"',
      '  - radiology-interns  will lose access',
      '  + night-shift  will get access',
      '  ~ tags.both: "a" -> "b"',
      '  + tags.new: "1"',
      '  - tags.old: "1"',
      '  ! Deleting this Workteam later deletes the work team, irrevocably (deletionPolicy).',
      '',
      '1 Workteam: 1 to change.',
      '',
    ].join('\n'),
  );
});

test('a new team shows everything that it will have', () => {
  expect(planText(report({ workteams: [entry({ deletionPolicy: 'Retain' })], passedOver: 3 }), false)).toBe(
    [
      'Workteam vision/labelers: work team labelers in eu-west-1 will be created',
      '  + description: "Labels street scenes"',
      '  + labelers  will have access',
      `  + tags.${OWNER_TAG_KEY}: "${OURS}"`,
      '',
      '1 Workteam: 1 to create. Passed over: 3 of other kinds.',
      '',
    ].join('\n'),
  );
});

test('members that change in nothing but their client are shown as they are', () => {
  const member = (clientId: string) => [
    { cognitoMemberDefinition: { userPool: 'eu-west-1_a', userGroup: 'g', clientId } },
  ];
  const had = { ...SPEC, memberDefinitions: member('old') };
  const text = planText(report({ workteams: [entry({ memberDefinitions: member('new') }, had)] }), false);
  expect(text).toMatch(/~ memberDefinitions: .*"clientId":"old".* -> .*"clientId":"new"/);
});

test('what is in order is only counted', () => {
  expect(planText(report({ workteams: [entry({}, SPEC)] }), false)).toBe('1 Workteam: nothing to do.\n');
});

test('problems and notes stand below, each in a line', () => {
  const problems = [{ file: 'a.yaml', line: 3, message: 'spec: Required value' }, { message: 'No answer.' }];
  expect(planText(report({ problems, notes: ['Something.'] }), false)).toBe(
    'a.yaml:3: spec: Required value\nNo answer.\n\nNote: Something.\n\n0 Workteams: 2 problems.\n',
  );
});

describe('colour', () => {
  const had = { ...SPEC, memberDefinitions: groups('gone') };
  const text = (colour: boolean) => planText(report({ workteams: [entry({}, had)] }), colour);

  test('is what goes in red and what comes in green', () => {
    expect(text(true)).toContain('\u001b[31m  - gone  will lose access\u001b[0m\n');
    expect(text(true)).toContain('\u001b[32m  + labelers  will get access\u001b[0m\n');
  });

  test('is all that differs', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what is taken away.
    expect(text(true).replaceAll(/\u001b\[\d+m/g, '')).toBe(text(false));
    expect(text(false)).not.toContain('\u001b');
  });
});

test('what others wrote neither moves the cursor nor turns the line', () => {
  const had = { ...SPEC, description: 'x\u001b[2J\u202e\u0085y' };
  const text = planText(report({ workteams: [entry({}, had)], notes: ['a\nb'] }), false);
  expect(text).toContain('\\u001b[2J\\u202e\\u0085y');
  expect(text).toContain('Note: a\\u000ab');
});
