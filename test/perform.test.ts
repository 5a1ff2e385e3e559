import { describe, expect, test } from 'vitest';
import { Performer } from '../src/perform.ts';
import type { WorkteamService } from '../src/ports.ts';
import { initialFacts } from '../src/workteam/facts.ts';
import { FINALIZER, type ObjectMeta, type Workteam } from '../src/workteam/schema.ts';
import { MemoryCluster } from './support/memory-cluster.ts';
import { NOW, SETTINGS, workteamOf } from './support/workteam-fixture.ts';

const KEY = 'vision/labelers';
const unexpected = async (): Promise<never> => {
  throw new Error('nothing is asked of AWS here');
};
const aws: WorkteamService = {
  describe: unexpected,
  list: unexpected,
  listNewest: unexpected,
  listTags: unexpected,
  create: unexpected,
  update: unexpected,
  delete: unexpected,
  addTags: unexpected,
  removeTags: unexpected,
};
const silent = { debug: () => {}, info: () => {}, warn: () => {}, child: () => silent };
const wall = () => new Date(0);

const finalized = (metadata: Partial<ObjectMeta> = {}): Workteam => {
  const workteam = workteamOf();
  return { ...workteam, metadata: { ...workteam.metadata, finalizers: [FINALIZER], ...metadata } };
};

/** What comes of reading an object live that is planned for, when this is what there is by now. */
function lookedAt(live: Workteam | undefined) {
  const cluster = new MemoryCluster(wall);
  cluster.readLive = async () => live;
  const call = { region: 'eu-west-1', priority: 'high', signal: new AbortController().signal } as const;
  const clock = { now: () => NOW, wall, setTimeout: () => () => {} };
  const performer = new Performer({ cluster, aws, clock }, { key: KEY, call, log: silent, remember: () => {} });
  const facts = initialFacts(finalized(), SETTINGS, { uid: 'uid-1' }, NOW);
  return performer.look(facts, { object: true, crd: false, team: false, tags: false });
}

describe('the object, read live', () => {
  test('is the one that was planned for, whatever else changed', async () => {
    expect(await lookedAt(finalized({ resourceVersion: '2' }))).toMatchObject({ facts: { live: true } });
  });

  test.each([
    ['is another one of its name', finalized({ uid: 'uid-2' })],
    ['is of a newer generation', finalized({ generation: 2 })],
    ['has lost our finalizer', workteamOf()],
    ['is gone', undefined],
  ])('%s: the plan is stale', async (_, live) => {
    expect(await lookedAt(live)).toEqual({ outcome: { kind: 'stale' } });
  });
});
