import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/workteam/failure.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import { fingerprint } from '../../src/workteam/memory.ts';
import { requestKey, tagRequestKey, updateAction, wordOf } from '../../src/workteam/requests.ts';
import { FINALIZER, OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import type { Step } from '../../src/workteam/step.ts';
import {
  ARN,
  aWorkteam,
  FOREIGN,
  groups,
  INVALID_SPEC,
  NOW,
  OURS,
  readyCondition,
  type Scenario,
  SIBLING,
  SOON_AFTER,
  SPEC,
  teamLike,
  workteamOf,
} from '../support/workteam-fixture.ts';

const SECOND = 1_000;
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:labelers';

const ends = (outcome: object) => ({ step: 'end', outcome });
const waits = (doing: string) => ends({ kind: 'acting', doing });
const fails = (failure: Failure) => ({ step: 'end', outcome: { kind: 'failed', failure } });
const looks = (look: object) => ({ step: 'look', look });
const acts = (...actions: object[]) => ({ step: 'act', actions });

const actionsOf = (step: Step) => (step.step === 'act' ? step.actions.map((action) => action.do) : step);

describe('row 1, suspend', () => {
  test('a suspended Workteam is left alone', () => {
    expect(aWorkteam().suspended().plan()).toEqual(ends({ kind: 'suspended' }));
  });

  test('also while it is being deleted', () => {
    expect(aWorkteam().suspended().finalized().deleting().inSync().plan()).toEqual(ends({ kind: 'suspended' }));
  });

  test('suspend: false means nothing', () => {
    expect(aWorkteam({ suspend: false }).finalized().inSync().plan()).toMatchObject(ends({ kind: 'synced' }));
  });
});

describe('row 2, deleting without our finalizer', () => {
  test('nothing is done, and nothing said', () => {
    expect(aWorkteam().deleting().inSync().plan()).toEqual(ends({ kind: 'none' }));
  });

  test("somebody else's finalizer is not ours", () => {
    const scenario = aWorkteam().deleting().inSync();
    const metadata = { ...scenario.facts.workteam.metadata, finalizers: ['foregroundDeletion'] };
    const workteam = { ...scenario.facts.workteam, metadata };
    expect(scenario.knowing({ workteam }).plan()).toEqual(ends({ kind: 'none' }));
  });
});

describe('row 3, deleting what was only observed', () => {
  test('the finalizer goes without a call to AWS', () => {
    expect(aWorkteam().observed().finalized().deleting().plan()).toEqual({ step: 'removeFinalizer' });
  });

  test('--read-only makes every Workteam such a one', () => {
    expect(aWorkteam().finalized().deleting().readOnly().plan()).toEqual({ step: 'removeFinalizer' });
  });

  test('so does a policy that this version does not understand', () => {
    const policy = { managementPolicy: 'Half' } as unknown as { managementPolicy: 'Observe' };
    expect(aWorkteam(policy).finalized().deleting().plan()).toEqual({ step: 'removeFinalizer' });
  });
});

describe('a spec that breaks the rules of today', () => {
  test('is refused with every problem', () => {
    expect(aWorkteam().invalid().finalized().inSync().plan()).toEqual(
      fails({
        reason: 'InvalidSpec',
        problems: ['spec.memberDefinitions: Invalid value: should have at least 1 items'],
      }),
    );
  });

  test('gets no finalizer', () => {
    expect(aWorkteam().invalid().plan()).toMatchObject(ends({ kind: 'failed' }));
  });

  test('does not keep its team from being deleted', () => {
    expect(aWorkteam(INVALID_SPEC).finalized().deleting().inSync().plan()).toEqual(
      acts({ do: 'delete', workteamName: 'labelers' }),
    );
  });
});

describe('row 4, Observe', () => {
  test('a finalizer from a time before is taken off', () => {
    expect(aWorkteam().observed().finalized().plan()).toEqual({ step: 'removeFinalizer' });
  });

  test('--read-only, a mood of the operator, leaves it on', () => {
    expect(aWorkteam().finalized().readOnly().plan().step).toBe('look');
  });

  test('no finalizer is added: the team and its tags are read', () => {
    expect(aWorkteam().observed().plan()).toEqual(looks({ object: false, crd: false, team: true, tags: true }));
  });

  test('tags that could not be read along with the team are read next', () => {
    expect(aWorkteam().observed().present().plan()).toEqual(
      looks({ object: false, crd: false, team: false, tags: true }),
    );
  });

  test('no team is an outcome of its own', () => {
    expect(aWorkteam().observed().absent().plan()).toEqual(ends({ kind: 'observedAbsent' }));
  });

  test.each([OURS, SIBLING, FOREIGN])('the owner is no matter of ours: %s', (owner) => {
    expect(aWorkteam().observed().present().ownedBy(owner).plan()).toEqual(
      ends({ kind: 'observed', team: teamLike(SPEC), drift: [] }),
    );
  });

  test('spec fields, create-only fields and tags are compared', () => {
    const scenario = aWorkteam({ workforceName: 'another', tags: { cost: '1' } }).observed();
    const step = scenario
      .present({ description: 'Old' })
      .tagged({ stray: 'x', [OWNER_TAG_KEY]: FOREIGN })
      .plan();
    expect(step).toMatchObject({
      outcome: {
        kind: 'observed',
        drift: [
          { field: 'description', desired: 'Labels street scenes', observed: 'Old' },
          { field: 'workforceName', desired: 'another', observed: 'private-crowd' },
          { field: 'tags.cost', desired: '1' },
          { field: 'tags.stray', observed: 'x' },
        ],
      },
    });
  });
});

describe('row 5, not settled', () => {
  const sent = (ago: number) => ({ createSentAt: NOW - ago });

  test('absent decides nothing for 30 s after this process sent the create', () => {
    const scenario = aWorkteam().finalized().live().absent();
    expect(scenario.remembering(sent(29_999)).plan()).toEqual(waits('waitingForCreate'));
    expect(actionsOf(scenario.remembering(sent(30_000)).plan())).toEqual(['create']);
  });

  test('nor does untagged, of a team that is younger than the object', () => {
    const scenario = aWorkteam().finalized().live().present().unowned();
    expect(scenario.remembering(sent(29_999)).plan()).toEqual(waits('waitingForCreate'));
    expect(scenario.remembering(sent(30_000)).plan()).toMatchObject(fails({ reason: 'NotOwned', policy: 'Never' }));
  });

  test('after a restart, nor does untagged within 30 s of the creation of a team younger than the object', () => {
    const scenario = aWorkteam().finalized().live().present().unowned();
    const created = Date.parse(teamLike(SPEC).createDate ?? '');
    expect(scenario.answeredAt(created + 29_999).plan()).toEqual(waits('waitingForCreate'));
    expect(scenario.answeredAt(created + 30_000).plan()).toMatchObject(fails({ reason: 'NotOwned', policy: 'Never' }));
  });

  test('without a Date header only the memory counts', () => {
    const { answeredAt: _, ...facts } = aWorkteam().finalized().live().present().unowned().facts;
    expect(
      aWorkteam()
        .finalized()
        .knowing({ ...facts, answeredAt: undefined as never })
        .plan(),
    ).toMatchObject(fails({ reason: 'NotOwned', policy: 'Never' }));
  });

  test('a team older than the object is foreign at once', () => {
    const scenario = aWorkteam().finalized().live().present({ createDate: '2029-12-31T23:59:59Z' }).unowned();
    expect(scenario.remembering(sent(0)).answeredAt(SOON_AFTER).plan()).toMatchObject(
      fails({ reason: 'NotOwned', policy: 'Never' }),
    );
  });

  test("a team that carries another's tag is foreign at once", () => {
    const scenario = aWorkteam().finalized().live().present().ownedBy(FOREIGN).answeredAt(SOON_AFTER);
    expect(scenario.plan()).toMatchObject(fails({ reason: 'NotOwned', policy: 'Never', owner: FOREIGN }));
  });

  test('a deleting Workteam whose team is untagged and young waits as well', () => {
    const scenario = aWorkteam().finalized().deleting().inSync().unowned().answeredAt(SOON_AFTER);
    expect(scenario.plan()).toEqual(waits('deleting'));
  });

  test('a deleting Workteam whose create may not be visible yet waits', () => {
    const scenario = aWorkteam().finalized().deleting().live().crdTerminating(false).absent();
    expect(scenario.remembering({ ...sent(29_999), seen: true }).plan()).toMatchObject(ends({ kind: 'acting' }));
  });

  test('a deleting Workteam whose first look says absent is looked at again 15 s later', () => {
    const scenario = aWorkteam().finalized().deleting().live().crdTerminating(false).absent();
    const first = scenario.remembering({ absentAt: NOW });
    expect(first.plan()).toEqual(ends({ kind: 'acting', doing: 'deleting', againMs: 15 * SECOND }));
    expect(first.later(14_999).plan()).toEqual(ends({ kind: 'acting', doing: 'deleting', againMs: 1 }));
    expect(first.later(15_000).plan()).toEqual({ step: 'removeFinalizer' });
  });

  test('an adoption of ours that ListTags does not show yet decides nothing for 30 s', () => {
    const scenario = aWorkteam().finalized().live().present({ createDate: '2029-01-01T00:00:00Z' });
    for (const found of [scenario.unowned(), scenario.ownedBy(FOREIGN)]) {
      expect(found.remembering({ adoptedAt: NOW - 29_999 }).plan()).toEqual(waits('adopting'));
      expect(found.remembering({ adoptedAt: NOW - 30_000 }).plan()).toMatchObject(ends({ kind: 'failed' }));
    }
  });

  test('what ListTags shows to be ours is settled, however fresh', () => {
    const fresh = { createSentAt: NOW, adoptedAt: NOW, adoptionUnseen: true as const };
    const scenario = aWorkteam().finalized().inSync().answeredAt(SOON_AFTER).remembering(fresh);
    expect(scenario.plan()).toMatchObject(ends({ kind: 'synced' }));
    expect(actionsOf(scenario.deleting().plan())).toEqual(['delete']);
  });
});

describe('deleting', () => {
  const deleting = () => aWorkteam().finalized().deleting().inSync();

  test('begins with everything at once: the object, the CRD, the team and its tags', () => {
    expect(aWorkteam().finalized().deleting().plan()).toEqual(
      looks({ object: true, crd: true, team: true, tags: true }),
    );
  });

  test.each(['has.dots', 'n'.repeat(64), '-dash', ''])(
    'never had a team by the name %j: AWS is not asked',
    (workteamName) => {
      expect(aWorkteam({ workteamName }).finalized().deleting().plan()).toEqual({ step: 'removeFinalizer' });
    },
  );

  test('row 6: while the CRD is being deleted, the team stays with its owner tag', () => {
    expect(deleting().crdTerminating(true).plan()).toMatchObject({
      step: 'removeFinalizer',
      announce: { type: 'Warning', reason: 'Released', message: expect.stringContaining('CRD is being deleted') },
    });
  });

  test('row 7: without a team, the finalizer goes', () => {
    expect(deleting().absent().remembering({ seen: true }).plan()).toEqual({ step: 'removeFinalizer' });
  });

  test('row 7: absent right after our own successful delete is believed', () => {
    const memory = { deletedAt: NOW - 10, createSentAt: NOW - 5_000 };
    expect(deleting().absent().remembering(memory).plan()).toEqual({ step: 'removeFinalizer' });
  });

  test.each([
    ['another cluster', FOREIGN, FOREIGN],
    ['another Workteam', SIBLING, SIBLING],
    ['something unreadable', 'nobody', 'nobody'],
  ])('row 8: the team of %s stays, and the event names it', (_, owner, named) => {
    const step = deleting().ownedBy(owner).plan();
    expect(step).toMatchObject({ step: 'removeFinalizer', announce: { type: 'Warning', reason: 'Released' } });
    expect(JSON.stringify(step)).toContain(named);
    expect(JSON.stringify(step)).toContain('was not deleted');
  });

  test('row 8: a team without an owner tag stays', () => {
    expect(deleting().unowned().plan()).toMatchObject({
      step: 'removeFinalizer',
      announce: { type: 'Warning', reason: 'Released' },
    });
  });

  test('row 8: neither our finalizer nor our status makes a team ours', () => {
    expect(deleting().settledBefore().unowned().plan().step).toBe('removeFinalizer');
  });

  test('row 9: Retain takes the owner tag off first', () => {
    expect(deleting().retained().plan()).toEqual(acts({ do: 'release', arn: ARN }));
  });

  test('row 9: then the finalizer, and says so', () => {
    expect(deleting().retained().knowing({ released: true }).plan()).toMatchObject({
      step: 'removeFinalizer',
      announce: { type: 'Normal', reason: 'Released' },
    });
  });

  test('row 9: a deletion policy that this version does not understand deletes nothing', () => {
    const policy = { deletionPolicy: 'Archive' } as unknown as { deletionPolicy: 'Retain' };
    expect(actionsOf(deleting().withSpec(policy).plan())).toEqual(['release']);
  });

  test.each([[{}], [{ deletionPolicy: 'Delete' as const }]])('row 10: ours, %j: the team is deleted', (policy) => {
    expect(deleting().withSpec(policy).plan()).toEqual(acts({ do: 'delete', workteamName: 'labelers' }));
  });

  test('row 10: by its effective name', () => {
    expect(deleting().withSpec({ workteamName: 'Crowd' }).plan()).toEqual(
      acts({ do: 'delete', workteamName: 'Crowd' }),
    );
  });

  test('row 10: and looked at again; while Describe still shows it, nothing is deleted twice', () => {
    const scenario = deleting();
    expect(scenario.remembering({ deletedAt: NOW - 29_999 }).plan()).toEqual(waits('deleting'));
    expect(actionsOf(scenario.remembering({ deletedAt: NOW - 30_000 }).plan())).toEqual(['delete']);
  });

  test('row 10: a team that our delete has not made invisible yet needs no tags', () => {
    const { tags: _, ...facts } = deleting().facts;
    expect(
      deleting()
        .knowing({ ...facts, tags: undefined as never, memory: { uid: 'uid-1', deletedAt: NOW } })
        .plan(),
    ).toEqual(waits('deleting'));
  });

  test('row 10: a refusal that the next look bears out ends the pass', () => {
    const failure: Failure = { reason: 'DeletionBlocked', detail: 'In use.' };
    expect(deleting().knowing({ deleteRefused: failure }).plan()).toMatchObject(fails(failure));
  });

  test('row 10: a refusal because there is nothing to delete lets go', () => {
    const failure: Failure = { reason: 'DeletionBlocked', detail: 'The work team does not exist.' };
    const gone = deleting().absent().remembering({ seen: true }).knowing({ deleteRefused: failure });
    expect(gone.plan()).toEqual({ step: 'removeFinalizer' });
  });
});

describe('row 11, no finalizer', () => {
  test('it is added before anything else', () => {
    expect(aWorkteam().plan()).toEqual({ step: 'addFinalizer' });
  });

  test('even where the team is there and ours', () => {
    expect(aWorkteam().inSync().plan()).toEqual({ step: 'addFinalizer' });
  });

  test("next to somebody else's", () => {
    const { workteam } = aWorkteam().facts;
    const metadata = { ...workteam.metadata, finalizers: ['example.com/other'] };
    expect(
      aWorkteam()
        .knowing({ workteam: { ...workteam, metadata } })
        .plan(),
    ).toEqual({ step: 'addFinalizer' });
  });
});

describe('row 12, absent', () => {
  const created = {
    workteamName: 'labelers',
    description: SPEC.description,
    memberDefinitions: SPEC.memberDefinitions,
    tags: { [OWNER_TAG_KEY]: OURS },
  };

  test('a team that nobody ever saw is created without a look at AWS, owner tag included', () => {
    expect(aWorkteam().finalized().live().plan()).toEqual(acts({ do: 'create', request: created }));
  });

  test('but the object is read first: a deletion may have overtaken the finalizer', () => {
    expect(aWorkteam().finalized().plan()).toEqual({
      step: 'look',
      look: { object: true, crd: false, team: false, tags: false },
    });
  });

  test('with everything that the spec says', () => {
    const access = { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' as const } } };
    const spec = {
      workteamName: 'Crowd',
      workforceName: 'private-crowd',
      tags: { team: 'vision' },
      notificationConfiguration: { notificationTopicArn: TOPIC },
      workerAccessConfiguration: access,
    };
    expect(aWorkteam(spec).finalized().live().plan()).toEqual(
      acts({
        do: 'create',
        request: {
          ...created,
          workteamName: 'Crowd',
          workforceName: 'private-crowd',
          notificationTopicArn: TOPIC,
          workerAccessConfiguration: access,
          tags: { team: 'vision', [OWNER_TAG_KEY]: OURS },
        },
      }),
    );
  });

  test.each([
    ['this process saw it', aWorkteam().finalized().remembering({ seen: true })],
    [
      'this process sent a create',
      aWorkteam()
        .finalized()
        .remembering({ createSentAt: NOW - 60_000 }),
    ],
    ['the service said that the name is taken', aWorkteam().finalized().remembering({ nameTaken: true })],
    ['the status knows it', aWorkteam().finalized().withStatus({ workteamArn: ARN })],
    ['the last sweep showed it', aWorkteam().finalized().knowing({ inLastSweep: true })],
  ])('there is a look first when %s', (_, scenario) => {
    expect(scenario.plan()).toMatchObject(looks({ team: true }));
  });

  test('after a look that found nothing, the object is read live before the create', () => {
    const scenario = aWorkteam().finalized().remembering({ seen: true }).absent();
    expect(scenario.plan()).toEqual(looks({ object: true, crd: false, team: false, tags: false }));
    expect(scenario.live().plan()).toMatchObject(acts({ do: 'create', request: created }));
  });

  test('a refused name that the look does not explain ends the pass', () => {
    const failure: Failure = { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: '25.' };
    const scenario = aWorkteam().finalized().absent().remembering({ nameTaken: true });
    expect(scenario.knowing({ createRefused: failure }).plan()).toEqual(fails(failure));
  });

  test('a refused name that turns out to be ours is as good as created', () => {
    const failure: Failure = { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: '25.' };
    expect(aWorkteam().finalized().inSync().knowing({ createRefused: failure }).plan()).toMatchObject(
      ends({ kind: 'synced' }),
    );
  });

  test('an update of a team that the look shows all the same ends the pass, unless nothing differs any more', () => {
    const failure: Failure = { reason: 'InvalidRequest', operation: 'UpdateWorkteam', detail: 'Not found.' };
    const ours = aWorkteam().finalized().inSync().live().knowing({ updateRefused: failure });
    expect(ours.plan()).toMatchObject(ends({ kind: 'synced' }));
    expect(ours.withSpec({ description: 'Another' }).plan()).toMatchObject(fails(failure));
  });

  test('right after our own create the tags are known', () => {
    const scenario = aWorkteam().finalized().present().knowing({ created: true });
    expect(scenario.plan()).toMatchObject(ends({ kind: 'synced' }));
  });

  test('after our own create, when many wait, one list for all of them is to confirm it', () => {
    const memory = { uid: 'uid-1', createSentAt: NOW, createdAt: NOW };
    const created = aWorkteam().finalized().live().knowing({ created: true, memory });
    expect(created.knowing({ crowded: true }).plan()).toEqual(ends({ kind: 'created' }));
    expect(created.plan()).toEqual(looks({ object: false, crd: false, team: true, tags: false }));
    expect(aWorkteam().finalized().knowing({ crowded: true }).plan()).toMatchObject({ step: 'look' });
  });

  test('what the list shows of it is enough if it is as the spec says, and nothing to go by otherwise', () => {
    const listed = { created: true, heard: true, crowded: true };
    expect(aWorkteam().finalized().present().knowing(listed).plan()).toMatchObject(ends({ kind: 'synced' }));
    const different = aWorkteam().finalized().present({ description: 'Old' }).knowing(listed);
    expect(different.plan()).toEqual(looks({ object: true, crd: false, team: true, tags: false }));
  });

  test('right after our own create a difference is repaired only with the object and the tags read', () => {
    const scenario = aWorkteam().finalized().present({ description: 'Old' }).knowing({ created: true });
    expect(scenario.plan()).toEqual(looks({ object: true, crd: false, team: false, tags: true }));
    expect(actionsOf(scenario.ours().live().plan())).toEqual(['update']);
  });
});

describe('row 13, another Workteam of this cluster', () => {
  const conflict = () => aWorkteam().finalized().inSync().ownedBy(SIBLING);

  test('is looked for', () => {
    expect(conflict().plan()).toEqual({
      step: 'lookForSibling',
      owner: { clusterId: 'cluster-1', namespace: 'vision', name: 'other' },
    });
  });

  test.each(['Never', 'IfUnowned', 'Always'] as const)('keeps its team while it exists, also under %s', (policy) => {
    const scenario = conflict().takeoverAllowed().withSpec({ adoptionPolicy: policy, deletionPolicy: 'Delete' });
    expect(scenario.siblingExists(true).plan()).toEqual(fails({ reason: 'NameConflict', holder: 'vision/other' }));
  });

  test('that is gone has no say: Always takes its team', () => {
    const scenario = conflict().takeoverAllowed().adopting('Always').siblingExists(false);
    expect(scenario.plan()).toEqual(acts({ do: 'adopt', arn: ARN, ownerTag: OURS, from: SIBLING }));
  });

  test('that is gone leaves a team that is not ours', () => {
    expect(conflict().siblingExists(false).plan()).toEqual(
      fails({ reason: 'NotOwned', policy: 'Never', owner: SIBLING }),
    );
  });
});

describe('row 14, adoption', () => {
  const unowned = () =>
    aWorkteam({ tags: { cost: '1' } })
      .finalized()
      .present({ description: 'Old' })
      .tagged({})
      .live();

  test.each(['IfUnowned', 'Always'] as const)('under %s a team without an owner is taken', (policy) => {
    expect(unowned().adopting(policy).plan()).toEqual(acts({ do: 'adopt', arn: ARN, ownerTag: OURS }));
  });

  test('under Always another owner is replaced where the operator may', () => {
    const scenario = unowned()
      .tagged({ [OWNER_TAG_KEY]: FOREIGN })
      .takeoverAllowed()
      .adopting('Always');
    expect(scenario.plan()).toEqual(acts({ do: 'adopt', arn: ARN, ownerTag: OURS, from: FOREIGN }));
  });

  test('the object is read live first', () => {
    expect(unowned().adopting('IfUnowned').knowing({ live: false }).plan()).toEqual(
      looks({ object: true, crd: false, team: false, tags: false }),
    );
  });

  test('and that is all: differences are for the next pass, which comes at once', () => {
    const scenario = unowned().ours().adopting('IfUnowned').knowing({ adopted: true });
    expect(scenario.plan()).toEqual(ends({ kind: 'acting', doing: 'adopting', againMs: 0 }));
  });

  test('an owner tag that AWS takes and does not keep is not added for ever', () => {
    const word = wordOf(workteamOf());
    const tried = { adoptedAt: NOW - 30_000, adoptionUnseen: true as const, ownedOn: word };
    const scenario = unowned().adopting('IfUnowned');
    expect(scenario.remembering(tried).plan()).toEqual(
      fails({ reason: 'NotConverging', fields: ['tags.workteams.dev/owner'] }),
    );
    expect(actionsOf(scenario.remembering({ ...tried, adoptedAt: NOW - 15 * 60_000 }).plan())).toEqual(['adopt']);
    expect(actionsOf(scenario.remembering({ ...tried, ownedOn: 'another word' }).plan())).toEqual(['adopt']);
  });

  test('IfUnowned adopts again when somebody took the tag off', () => {
    expect(actionsOf(unowned().settledBefore().adopting('IfUnowned').plan())).toEqual(['adopt']);
  });
});

describe('Always takes over once per generation', () => {
  const taken = () =>
    aWorkteam().finalized().present().ownedBy(FOREIGN).live().takeoverAllowed().adopting('Always').withStatus({
      observedGeneration: 1,
      workteamArn: ARN,
    });
  const lastSaid = (reason: string, generation = 1) =>
    taken().withStatus({ conditions: [readyCondition('False', reason, generation)] });
  const refused = fails({ reason: 'NotOwned', policy: 'Always', owner: FOREIGN });

  test.each(['Synced', 'NotOwned'])('a team that was ours (%s) stays with whoever took it back', (reason) => {
    expect(lastSaid(reason).plan()).toEqual(refused);
  });

  test.each(['ImmutableField', 'NotConverging'])('also when we only ever got as far as %s with it', (reason) => {
    expect(lastSaid(reason).plan()).toEqual(refused);
  });

  test('also when trouble came in between, as long as this process remembers', () => {
    const scenario = lastSaid('Unavailable');
    const owned = scenario.remembering({ ownedOn: wordOf(workteamOf()) });
    expect(owned.plan()).toEqual(refused);
  });

  test('an edit is another word', () => {
    expect(actionsOf(lastSaid('Synced').generation(2).plan())).toEqual(['adopt']);
    expect(
      actionsOf(
        lastSaid('Synced')
          .remembering({ ownedOn: wordOf(workteamOf()) })
          .generation(2)
          .plan(),
      ),
    ).toEqual(['adopt']);
  });

  test('a new requestedAt is another word', () => {
    const scenario = lastSaid('NotOwned').requestedAt('now');
    expect(actionsOf(scenario.plan())).toEqual(['adopt']);
    expect(actionsOf(scenario.remembering({ ownedOn: wordOf(workteamOf()) }).plan())).toEqual(['adopt']);
    expect(scenario.withStatus({ lastHandledReconcileAt: 'now' }).plan()).toEqual(refused);
  });

  test('a long requestedAt is compared as far as the status keeps it', () => {
    const value = '🚗'.repeat(300);
    const scenario = lastSaid('NotOwned').requestedAt(value);
    expect(scenario.withStatus({ lastHandledReconcileAt: '🚗'.repeat(256) }).plan()).toEqual(refused);
  });

  test('a team that never was ours may be taken, however often it was refused', () => {
    const { workteam } = lastSaid('NotOwned').facts;
    const { workteamArn: _, ...status } = workteam.status ?? {};
    expect(
      actionsOf(
        lastSaid('NotOwned')
          .knowing({ workteam: { ...workteam, status } })
          .plan(),
      ),
    ).toEqual(['adopt']);
  });
});

describe('row 15, not ours', () => {
  test.each([
    ['an unowned team under Never', aWorkteam().finalized().inSync().unowned(), { policy: 'Never' }],
    [
      "another cluster's under Never",
      aWorkteam().finalized().inSync().ownedBy(FOREIGN),
      { policy: 'Never', owner: FOREIGN },
    ],
    [
      "another cluster's under IfUnowned",
      aWorkteam().finalized().inSync().ownedBy(FOREIGN).takeoverAllowed().adopting('IfUnowned'),
      { policy: 'IfUnowned', owner: FOREIGN },
    ],
    [
      "another cluster's under Always without --allow-takeover",
      aWorkteam().finalized().inSync().ownedBy(FOREIGN).adopting('Always'),
      { policy: 'Always', owner: FOREIGN },
    ],
    [
      'a tag that nobody of us wrote',
      aWorkteam().finalized().inSync().ownedBy('somebody'),
      { policy: 'Never', owner: 'somebody' },
    ],
  ])('%s is refused', (_, scenario, details) => {
    expect(scenario.plan()).toEqual(ends({ kind: 'failed', failure: { reason: 'NotOwned', ...details } }));
  });

  test('a Workteam whose owner tag somebody removed is refused under Never', () => {
    expect(aWorkteam().finalized().settledBefore().inSync().unowned().plan()).toMatchObject(
      fails({ reason: 'NotOwned', policy: 'Never' }),
    );
  });
});

describe('row 16, a create-only field', () => {
  test('that differs is refused, and nothing else repaired', () => {
    const scenario = aWorkteam({ workforceName: 'another' }).finalized().inSync().present({ description: 'Old' });
    expect(scenario.plan()).toMatchObject(
      fails({ reason: 'ImmutableField', field: 'workforceName', desired: '"another"', observed: '"private-crowd"' }),
    );
  });

  test('that the spec leaves out differs from nothing', () => {
    expect(aWorkteam().finalized().inSync().plan()).toMatchObject(ends({ kind: 'synced' }));
  });
});

describe('row 17, a mutable difference', () => {
  test('is repaired in the order update, remove tags, add tags', () => {
    const scenario = aWorkteam({ tags: { cost: '2', new: '' } })
      .finalized()
      .inSync()
      .present({ description: 'Old' });
    const step = scenario.tagged({ cost: '1', stray: 'x', [OWNER_TAG_KEY]: OURS }).plan();
    expect(step).toMatchObject(
      acts(
        { do: 'update', request: { description: SPEC.description, memberDefinitions: SPEC.memberDefinitions } },
        { do: 'removeTags', arn: ARN, keys: ['stray'] },
        { do: 'addTags', arn: ARN, tags: { cost: '2', new: '' } },
      ),
    );
  });

  test('of tags alone needs no update', () => {
    const scenario = aWorkteam({ tags: { cost: '2' } })
      .finalized()
      .inSync()
      .tagged({ [OWNER_TAG_KEY]: OURS });
    expect(actionsOf(scenario.plan())).toEqual(['addTags']);
  });

  test('of one field alone still sends the full member list, from the spec', () => {
    const scenario = aWorkteam({ memberDefinitions: groups('a', 'b') })
      .finalized()
      .inSync();
    expect(scenario.present({ description: 'Old', memberDefinitions: groups('b', 'a') }).plan()).toMatchObject(
      acts({ do: 'update', request: { memberDefinitions: groups('a', 'b') } }),
    );
  });

  test('groups that are not in the spec are not in the request', () => {
    const scenario = aWorkteam({ memberDefinitions: groups('a') })
      .finalized()
      .inSync();
    expect(scenario.present({ memberDefinitions: groups('a', 'intruder') }).plan()).toMatchObject(
      acts({ do: 'update', request: { memberDefinitions: groups('a') } }),
    );
  });

  test('a topic that the spec does not want is removed', () => {
    expect(aWorkteam().finalized().inSync().present({ notificationTopicArn: TOPIC }).plan()).toMatchObject(
      acts({ do: 'update', request: { notificationTopicArn: null } }),
    );
  });

  test('is repaired only after the object was read live in the same pass', () => {
    const scenario = aWorkteam().finalized().inSync().present({ description: 'Old' }).knowing({ live: false });
    expect(scenario.plan()).toEqual(looks({ object: true, crd: false, team: false, tags: false }));
  });

  test("the owner tag, AWS's own tags and ignored keys are left alone", () => {
    const tags = { [OWNER_TAG_KEY]: OURS, 'workteams.dev/x': '1', 'aws:x': '1', 'AWS:y': '1', 'kept/by-policy': '1' };
    const scenario = aWorkteam().finalized().inSync().ignoringTags('kept/*').tagged(tags);
    expect(scenario.plan()).toMatchObject(ends({ kind: 'synced' }));
  });

  test('tag keys that JavaScript objects are born with are tags like any other', () => {
    const scenario = aWorkteam().finalized().inSync();
    const step = scenario.tagged({ constructor: 'x', toString: 'y', [OWNER_TAG_KEY]: OURS }).plan();
    expect(step).toMatchObject(acts({ do: 'removeTags', keys: ['constructor', 'toString'] }));
  });
});

describe('a difference that survives our own write', () => {
  const old = { description: 'Old' };
  const different = () =>
    aWorkteam({ tags: { cost: '1' } })
      .finalized()
      .inSync()
      .present(old);
  /** What is remembered of an update that AWS accepted and did not keep. */
  const unkept = (scenario: Scenario) => {
    const { workteam } = scenario.facts;
    const before = fingerprint({ ...teamLike(workteam.spec), ...old });
    const { request } = updateAction('labelers', workteam.spec, teamLike(workteam.spec), []);
    const update = { at: NOW, request: requestKey(workteam, request), before, answer: before, times: 1, kept: false };
    return scenario.remembering({ unconfirmed: update });
  };

  test('is NotConverging for as long as nothing changes', () => {
    for (const ms of [0, 60_000, 86_400_000]) {
      expect(unkept(different()).later(ms).plan()).toMatchObject(
        fails({ reason: 'NotConverging', fields: ['description'] }),
      );
    }
  });

  test('is tried again on a new word, and only then', () => {
    expect(actionsOf(unkept(different()).generation(2).plan())).toEqual(['update']);
    expect(actionsOf(unkept(different()).requestedAt('now').plan())).toEqual(['update']);
  });

  test('does not keep tags from being repaired', () => {
    expect(
      actionsOf(
        unkept(different())
          .tagged({ [OWNER_TAG_KEY]: OURS })
          .plan(),
      ),
    ).toEqual(['addTags']);
  });

  test('of tags is NotConverging as well, and does not keep the team from being repaired', () => {
    const { workteam } = different().facts;
    const found = { [OWNER_TAG_KEY]: OURS };
    const unconfirmedTags = {
      at: NOW - 60_000,
      request: tagRequestKey(workteam, workteam.spec),
      before: canonicalJson(found),
      times: 2,
    };
    const scenario = different().tagged(found).remembering({ unconfirmedTags });
    expect(actionsOf(scenario.plan())).toEqual(['update']);
    expect(scenario.present().plan()).toMatchObject(fails({ reason: 'NotConverging', fields: ['tags.cost'] }));
  });
});

describe('row 18, in sync', () => {
  test('nothing is done', () => {
    expect(aWorkteam().finalized().inSync().plan()).toEqual(ends({ kind: 'synced', team: teamLike(SPEC) }));
  });

  test('it takes no live read to find that out', () => {
    const scenario = aWorkteam().finalized().inSync().knowing({ live: false });
    expect(scenario.plan()).toMatchObject(ends({ kind: 'synced' }));
  });
});

describe('what is looked at', () => {
  test('a settled Workteam is not read live: no write is likely', () => {
    expect(aWorkteam().finalized().settledBefore().plan()).toEqual(
      looks({ object: false, crd: false, team: true, tags: true }),
    );
  });

  test('an edited one is, side by side with its team', () => {
    expect(aWorkteam().finalized().settledBefore().generation(2).plan()).toEqual(
      looks({ object: true, crd: false, team: true, tags: true }),
    );
  });

  test('tags that could not be read along with the team are read next', () => {
    expect(aWorkteam().finalized().present().plan()).toEqual(
      looks({ object: false, crd: false, team: false, tags: true }),
    );
  });
});

describe("a sweep's word", () => {
  const heard = () =>
    aWorkteam({ tags: { cost: '1' } })
      .finalized()
      .settledBefore()
      .present()
      .knowing({ heard: true });

  test('is checked against the tags', () => {
    expect(heard().plan()).toEqual(looks({ object: false, crd: false, team: false, tags: true }));
  });

  test('is enough to find nothing to do', () => {
    expect(heard().ours().plan()).toMatchObject(ends({ kind: 'synced' }));
  });

  test.each([
    ['a difference', heard().ours().present({ description: 'Old' })],
    ['a create-only difference', heard().withSpec({ workforceName: 'another' }).ours()],
    ['a tag that differs', heard().tagged({ [OWNER_TAG_KEY]: OURS })],
    ['another owner', heard().ownedBy(FOREIGN)],
    ['no owner', heard().unowned()],
  ])('is not enough for %s: the team is described', (_, scenario) => {
    expect(scenario.plan()).toEqual(looks({ object: true, crd: false, team: true, tags: false }));
  });

  test('is nothing to delete by', () => {
    expect(heard().deleting().ours().live().crdTerminating(false).plan()).toMatchObject(looks({ team: true }));
  });
});

describe('the finalizer', () => {
  test('is the one of the contract', () => {
    expect(FINALIZER).toBe('workteams.dev/finalizer');
  });
});
