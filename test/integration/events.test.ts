/** What a user is told of what happened: events, as kubectl shows them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { controlPlane } from '../support/control-plane.ts';
import { eventsOf, type SeenEvent, untilEvent } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { PATIENCE_MS, type Scene, useStage } from '../support/stage.ts';

const cluster = controlPlane();
const stage = useStage({ prefix: 'events' });
const ending = useStage({ prefix: 'ending' });

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:work';

/** Every event that can be, each as it is told. */
const EVENTS: readonly (Omit<SeenEvent, 'name' | 'note'> & { readonly about: string; readonly note: RegExp })[] = [
  {
    about: 'made',
    type: 'Normal',
    reason: 'Created',
    action: 'Create',
    note: /^Created work team "made"\.$/,
    count: 1,
  },
  {
    about: 'made',
    type: 'Normal',
    reason: 'Updated',
    action: 'Update',
    note: /^Updated work team "made": description, memberDefinitions \(\+b, -a\), notificationConfiguration\.notificationTopicArn, tags\.team\.$/,
    count: 1,
  },
  {
    about: 'made',
    type: 'Warning',
    reason: 'TopicWillNotSubscribeExistingWorkers',
    action: 'Update',
    note: /whoever is on work team "made" already gets no message from the topic/,
    count: 1,
  },
  {
    about: 'made',
    type: 'Normal',
    reason: 'DriftRepaired',
    action: 'Update',
    note: /^Put work team "made" back to the spec: description\.$/,
    count: 2,
  },
  {
    about: 'made',
    type: 'Normal',
    reason: 'Deleted',
    action: 'Delete',
    note: /^Deleted work team "made"\.$/,
    count: 1,
  },
  {
    about: 'taken',
    type: 'Normal',
    reason: 'Adopted',
    action: 'Adopt',
    note: /^Took work team "taken" over; it had no owner\.$/,
    count: 1,
  },
  {
    about: 'taken',
    type: 'Normal',
    reason: 'Released',
    action: 'Release',
    note: /^Work team "taken" was not deleted, .*its owner tag was removed\.$/,
    count: 1,
  },
  {
    about: 'theirs',
    type: 'Warning',
    reason: 'Refused',
    action: 'Reconcile',
    note: /^NotOwned: Work team "theirs" exists and is not owned by this cluster .* Nothing was changed\./,
    count: 1,
  },
  {
    about: 'theirs',
    type: 'Warning',
    reason: 'Released',
    action: 'Release',
    note: /^Work team "theirs" was not deleted: it is not owned by this cluster/,
    count: 1,
  },
  {
    about: 'denied',
    type: 'Warning',
    reason: 'Failed',
    action: 'Reconcile',
    note: /^AccessDenied: AWS denies the operator CreateWorkteam\./,
    count: 1,
  },
  {
    about: 'gone',
    type: 'Warning',
    reason: 'Recreated',
    action: 'Create',
    note: /^Work team "gone" was gone from AWS .* and was created again\./,
    count: 1,
  },
];

/** A team that somebody made an hour ago. */
function someonesTeam({ aws, control, region }: Scene, name: string): void {
  const MemberDefinitions = [{ OidcMemberDefinition: { Groups: ['labelers'] } }];
  aws.console('CreateWorkteam', { WorkteamName: name, Description: 'Labels street scenes', MemberDefinitions });
  control.editTeam({ region }, name, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
}

describe('each thing that happened', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = stage.newScene();
    await scene.createReady('gone', specWith());
    // Right after a create of its own a process takes "absent" for a late read.
    await stage.restart();
    await Promise.all([lifeOfMade(), lifeOfTaken(), refusal(), denial(), recreation()]);
  });

  async function lifeOfMade(): Promise<void> {
    const { workteams } = stage;
    await scene.createReady('made', specWith({ memberDefinitions: oidcMembers('a', 'c') }));
    await scene.editReady('made', {
      description: 'Labels cats',
      memberDefinitions: oidcMembers('b', 'c'),
      notificationConfiguration: { notificationTopicArn: TOPIC },
      tags: { team: 'cats' },
    });
    for (const [index, Description] of ['Labels dogs', 'Labels birds'].entries()) {
      scene.control.editTeam({ region: scene.region }, 'made', { Description });
      await untilEvent(workteams.namespace, 'made', 'DriftRepaired', ({ count }) => count === index + 1);
    }
    await workteams.delete('made');
    await workteams.untilGone('made', PATIENCE_MS);
  }

  async function lifeOfTaken(): Promise<void> {
    someonesTeam(scene, 'taken');
    await scene.createReady('taken', { ...specWith(), adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' });
    await stage.workteams.delete('taken');
    await stage.workteams.untilGone('taken', PATIENCE_MS);
  }

  async function refusal(): Promise<void> {
    someonesTeam(scene, 'theirs');
    await scene.create('theirs', specWith());
    await stage.workteams.untilFailed('theirs', 'NotOwned', PATIENCE_MS);
    await stage.workteams.delete('theirs');
    await stage.workteams.untilGone('theirs', PATIENCE_MS);
  }

  async function denial(): Promise<void> {
    const match = { operation: 'CreateWorkteam', workteamName: 'denied' };
    scene.control.addFault({ match, fault: { kind: 'accessDenied' } });
    await scene.create('denied', specWith());
    await stage.workteams.untilFailed('denied', 'AccessDenied', PATIENCE_MS);
  }

  async function recreation(): Promise<void> {
    scene.aws.console('DeleteWorkteam', { WorkteamName: 'gone' });
    await untilEvent(stage.workteams.namespace, 'gone', 'Recreated');
    await stage.workteams.untilReady('gone', PATIENCE_MS);
  }

  test.for(EVENTS)('$reason, about $about', async ({ about, note, ...event }) => {
    const same = (seen: SeenEvent) => seen.type === event.type && seen.count === event.count;
    const { name: _name, ...seen } = await untilEvent(stage.workteams.namespace, about, event.reason, same);
    expect(seen).toEqual({ ...event, note: expect.stringMatching(note) });
  });

  test('is told once, and nothing else is', async () => {
    const names = [...new Set(EVENTS.map(({ about }) => about))];
    const seen = await Promise.all(names.map((name) => eventsOf(stage.workteams.namespace, name)));
    // That "gone" was created is told by the process before, and in other places here.
    const told = seen.flatMap((events, index) => events.map(({ reason }) => `${names[index]}: ${reason}`));
    const expected = EVENTS.map(({ about, reason }) => `${about}: ${reason}`);
    expect(told.toSorted()).toEqual([...expected, 'gone: Created'].toSorted());
  });

  test('kubectl get events and kubectl describe show it', async () => {
    const inNamespace = ['--namespace', stage.workteams.namespace];
    const list = await cluster.run(['get', 'events', ...inNamespace, '--field-selector', 'involvedObject.name=made']);
    expect(list).toMatch(/Normal +Created +workteam\/made +Created work team "made"\./);
    expect(list).toMatch(/Warning +TopicWillNotSubscribeExistingWorkers +workteam\/made +AWS subscribes workers/);
    const description = await cluster.run(['describe', 'workteam', 'denied', ...inNamespace]);
    const events = description.slice(description.indexOf('\nEvents:'));
    expect(events).toMatch(
      /Warning +Failed +.*workteam-operator +AccessDenied: AWS denies the operator CreateWorkteam\./,
    );
  });

  test('nothing happens, nothing is told: several resyncs without an event', async () => {
    const { namespace } = stage.workteams;
    const versions = ['get', 'events', '--namespace', namespace, '-o', 'jsonpath={.items[*].metadata.resourceVersion}'];
    const sweeps = () => scene.aws.calls().filter(({ operation }) => operation === 'ListWorkteams').length;
    const before = await cluster.run(versions);
    const begun = sweeps();
    // Within seven, the tags of every team are read once.
    await eventually(() => sweeps() >= begun + 7, { what: 'seven resyncs', within: PATIENCE_MS });
    expect(await cluster.run(versions)).toBe(before);
  });
});

test('an event that is refused fails nothing: in a namespace that is ending, the team is updated and deleted', async () => {
  const scene = ending.newScene();
  const { workteams, operator } = ending;
  await scene.createReady('last', specWith());
  await untilEvent(workteams.namespace, 'last', 'Created');
  await cluster.run(['delete', 'namespace', workteams.namespace, '--wait=false']);
  await scene.editReady('last', { description: 'Labels cats' });
  expect(scene.aws.team('last').workteam.Description).toBe('Labels cats');
  await workteams.delete('last');
  await workteams.untilGone('last', PATIENCE_MS);
  expect(scene.aws.has('last')).toBe(false);
  for (const reason of ['Updated', 'Deleted']) {
    await operator.logged(`that ${reason} was not recorded`, (line) => {
      return line.msg === 'event not recorded' && line.reason === reason && line.level === 'debug';
    });
  }
  expect((await eventsOf(workteams.namespace, 'last')).map(({ reason }) => reason)).toEqual(['Created']);
  expect(operator.log().filter(({ level }) => level === 'error')).toEqual([]);
});
