/**
 * What an operator is doing when a fault strikes, as data: how it begins, when it is done, and all the calls it makes in between
 * when nothing goes wrong. A test of row 1 holds these lists against what a run without a fault calls, so that points can be
 * made of them before anything runs.
 */
import type { WorkteamSpec } from '../../../src/workteam/schema.ts';
import { controlPlane } from '../../support/control-plane.ts';
import { allowLeaseIn } from '../../support/deployment.ts';
import { eventually } from '../../support/eventually.ts';
import { oidcMembers, specWith } from '../../support/specs.ts';
import { type Calls, FINALIZER_WRITE, STATUS_WRITE } from './calls.ts';
import { COUNTED, type OwnSetting, type Setting, type StartOptions } from './setting.ts';

/** The Workteam of every work, and its work team. */
export const NAME = 'worked-on';

/** How long a work may take on a busy machine with a fault that has ended, in milliseconds. */
export const DONE_WITHIN_MS = 90_000;

export interface Work<S extends Setting = Setting> {
  /** `a create`: what titles of points begin with. */
  readonly title: string;
  /** What is there, and settled, before the work begins. */
  readonly prepare: (setting: S) => Promise<unknown>;
  readonly begin: (setting: S) => Promise<unknown>;
  readonly done: (setting: Setting) => Promise<unknown>;
  /** What is called from `begin` on; the events that tell of it come last, or beside the rest. */
  readonly calls: Calls;
  /** The calls to AWS that come besides when the Workteam's turn has come, which depends on its UID. */
  readonly atItsTurn?: readonly string[];
  /** How each of its operators is started, where that matters. */
  readonly options?: (setting: S) => StartOptions;
  /** No operator runs while it is prepared: it is started by the work itself. */
  readonly startsItself?: true;
}

/** What the Workteam of the works says before they begin. */
export const SPEC: WorkteamSpec = specWith({
  memberDefinitions: oidcMembers('a', 'b'),
  notificationConfiguration: { notificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:work' },
  tags: { kept: 'yes', changed: 'old', removed: 'soon' },
});

/** Creates the Workteam and waits until it is Ready. */
export async function createReady({ workteams }: Setting, spec: WorkteamSpec = SPEC): Promise<void> {
  await workteams.create(NAME, spec);
  await untilReady({ workteams });
}

const untilReady = ({ workteams }: Pick<Setting, 'workteams'>) => workteams.untilReady(NAME, DONE_WITHIN_MS);
const nothing = async () => {};

export const CREATE: Work = {
  title: 'a create',
  prepare: nothing,
  begin: ({ workteams }) => workteams.create(NAME, SPEC),
  done: untilReady,
  calls: {
    aws: ['CreateWorkteam', 'DescribeWorkteam'],
    kubernetes: [FINALIZER_WRITE, 'the live read', STATUS_WRITE, 'an event'],
  },
};

export const EDIT: Work = {
  title: 'an edit',
  prepare: createReady,
  begin: ({ workteams }) =>
    workteams.edit(NAME, {
      description: 'Labels other things',
      memberDefinitions: oidcMembers('b', 'c'),
      tags: { removed: null, changed: 'new', added: 'too' },
    }),
  done: untilReady,
  calls: {
    aws: ['DescribeWorkteam', 'ListTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags'],
    kubernetes: ['the live read', STATUS_WRITE, 'an event'],
  },
};

export const TAG: Work = {
  title: 'an edit of tags',
  prepare: createReady,
  begin: ({ workteams }) => workteams.edit(NAME, { tags: { removed: null, changed: 'new', added: 'too' } }),
  done: untilReady,
  calls: {
    aws: ['DescribeWorkteam', 'ListTags', 'DeleteTags', 'AddTags'],
    kubernetes: ['the live read', STATUS_WRITE, 'an event'],
  },
};

/** The team is there already, made by hand, without an owner tag and not as the spec says. */
export const ADOPT: Work = {
  title: 'an adoption',
  async prepare({ aws, region, emulator }) {
    aws.console('CreateWorkteam', {
      WorkteamName: NAME,
      Description: 'Made by hand',
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a', 'z'] } }],
      Tags: [{ Key: 'theirs', Value: 'yes' }],
    });
    // Long ago: whatever is as young as the Workteam may be its own, its tags not yet to be seen.
    emulator.control.editTeam({ region }, NAME, { CreateDate: 1_700_000_000 });
  },
  begin: ({ workteams }) => workteams.create(NAME, { ...SPEC, adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' }),
  done: untilReady,
  calls: {
    aws: [
      ...['CreateWorkteam', 'DescribeWorkteam', 'ListTags', 'DescribeWorkteam', 'ListTags', 'AddTags'],
      ...['DescribeWorkteam', 'ListTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags'],
    ],
    kubernetes: [
      ...[FINALIZER_WRITE, 'the live read', 'the live read', STATUS_WRITE, STATUS_WRITE],
      ...['an event', 'an event', 'an event'],
    ],
  },
};

export const DELETE: Work = {
  title: 'a deletion',
  prepare: createReady,
  begin: ({ workteams }) => workteams.delete(NAME),
  done: ({ workteams }) => workteams.untilGone(NAME, DONE_WITHIN_MS),
  calls: {
    aws: ['DescribeWorkteam', 'ListTags', 'DeleteWorkteam', 'DescribeWorkteam'],
    kubernetes: ['the read of the CRD', 'the live read', FINALIZER_WRITE, 'an event'],
  },
};

/** The works of the matrix: any fault can be placed in any of them. */
export const WORKS: readonly Work[] = [CREATE, EDIT, TAG, ADOPT, DELETE];

/** A new process over what is settled: what an operator asks before it works, its list, its watch and its first sweep. */
export const RESTART: Work<OwnSetting> = {
  title: 'a restart',
  startsItself: true,
  async prepare(setting) {
    const operator = await setting.start({ flags: COUNTED });
    await createReady(setting);
    await operator.stop();
  },
  begin: (setting) => setting.start({ until: 'started', flags: COUNTED }),
  async done({ workteams, aws }) {
    const swept = () => aws.calls().some(({ operation, outcome }) => operation === 'ListWorkteams' && outcome === 'ok');
    await eventually(swept, { what: 'a sweep', within: DONE_WITHIN_MS });
    await untilReady({ workteams });
  },
  calls: {
    aws: ['ListWorkteams'],
    kubernetes: ['the trial list', 'the read of the CRD', 'the read of kube-system', 'the list', 'the watch'],
  },
  atItsTurn: ['ListTags'],
};

const elected = ({ workteams }: Setting): StartOptions => ({ leaseNamespace: workteams.namespace });

/** A create by an operator that has to become leader before. */
export const ELECTED_CREATE: Work<OwnSetting> = {
  ...CREATE,
  title: 'a create by an elected leader',
  startsItself: true,
  prepare: ({ workteams }) => allowLeaseIn(controlPlane(), workteams.namespace),
  async begin(setting) {
    await setting.workteams.create(NAME, SPEC);
    await setting.start({ ...elected(setting), until: 'started', flags: COUNTED });
  },
  options: elected,
  calls: {
    aws: ['ListWorkteams', ...CREATE.calls.aws],
    kubernetes: [
      ...['the trial list', 'the read of the CRD', 'the read of kube-system', 'the list', 'the watch'],
      ...['the read of the Lease', 'the creation of the Lease', 'the write of the Lease'],
      ...CREATE.calls.kubernetes,
    ],
  },
};
