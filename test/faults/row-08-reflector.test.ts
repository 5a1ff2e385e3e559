/**
 * The reflector by itself, against the real API server through a proxy: what each way in which a watch goes wrong makes it do,
 * and how long it takes until a change that was made meanwhile is heard. Its pauses are those of the operator; the limit on
 * silence is a parameter, 2 s here instead of 150 s (row-08-watch.test.ts waits for the real one).
 */
import { expect } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { isGone } from '../../src/kubernetes/errors.ts';
import type { Fault, Seen } from '../support/api-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { expectSoon } from '../support/expect-soon.ts';
import { isList, isWatch, type Reflected, type ReflectorScene, useReflectorScenes } from '../support/reflected.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { EXPIRED, HALF_A_LINE, WATCH_FAULTS, type WatchFault, WatchSpoiler } from './harness/watch-faults.ts';

const scenes = useReflectorScenes();

function point(title: string, body: (scene: ReflectorScene, note: Note) => Promise<void>, sampled = false): Point {
  const play = async (note: Note) => {
    await using scene = await scenes.open();
    await body(scene, note);
  };
  return { title, sampled, play };
}

/** The operator's own times but for the silence. */
const TIMING = { backoffBaseMs: 800, backoffCapMs: 30_000, settledMs: 10_000, silenceMs: 2_000 };

/** Long enough for any pause that follows these faults, on a busy machine, in milliseconds. */
const HEARD_WITHIN_MS = 40_000;

const SAMPLED = ['410 when it begins', 'silence on an open socket'];

/** A change made while the fault lasts arrives, and so does one after it. */
async function recovers(fault: WatchFault, ms: number, scene: ReflectorScene, note: Note): Promise<void> {
  const { maps, proxy } = scene;
  const { names } = scene.reflect({ timing: TIMING });
  await scene.watching();
  const spoiler = new WatchSpoiler(proxy);
  const spell = ms === 0 ? spoiler.once(fault, isWatch) : spoiler.begin(fault, isWatch);
  await maps.create('during');
  await systemClock.sleep(ms);
  spell?.lift();
  const began = systemClock.now();
  await eventually(() => names().includes('during'), { what: 'what changed meanwhile', within: HEARD_WITHIN_MS });
  note.settled(systemClock.now() - began);
  await maps.create('after');
  await eventually(() => names().includes('after'), { what: 'what changed afterwards', within: HEARD_WITHIN_MS });
}

faultPoints(
  8,
  WATCH_FAULTS.flatMap((fault) =>
    [0, 1_000, 10_000].map((ms) =>
      point(
        `the reflector: ${fault.title}, ${ms === 0 ? 'once' : `for ${ms / 1_000} s`}`,
        (scene, note) => recovers(fault, ms, scene, note),
        ms === 0 && SAMPLED.includes(fault.title),
      ),
    ),
  ),
  { concurrent: true },
);

/** Whatever happened before: what changes now is seen. */
async function stillHears(scene: ReflectorScene, { names }: Pick<Reflected, 'names'>): Promise<void> {
  await scene.maps.create('afterwards');
  await expectSoon(names).toContain('afterwards');
}

function failsThreeTimes(title: string, matches: (seen: Seen) => boolean, fault: Fault): Point {
  return point(`${title}: a new list, three times if need be`, async (scene) => {
    for (const name of ['a', 'b', 'c']) await scene.maps.create(name);
    scene.failFirst(3, matches, fault);
    const reflected = scene.reflect({ timing: { pageSize: 2 } });
    await reflected.reflector.synced;
    await scene.watching();
    expect(reflected.errors).toHaveLength(3);
    expect(scene.lists()).toBe(4);
    await stillHears(scene, reflected);
  });
}

function tooManyRequests(what: string, matches: (seen: Seen) => boolean, listed: number): Point {
  return point(`429 with Retry-After for ${what} is respected`, async (scene) => {
    scene.failFirst(1, matches, { status: 429, headers: { 'Retry-After': '1' } });
    const began = systemClock.now();
    const reflected = scene.reflect();
    await reflected.reflector.synced;
    await scene.watching();
    expect(systemClock.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(reflected.pauses).toEqual([1_000]);
    expect(scene.lists()).toBe(listed);
    await stillHears(scene, reflected);
  });
}

function brokenStream(title: string, text: string, end?: 'reset'): Point {
  return point(`${title}: a new list`, async (scene) => {
    const reflected = scene.reflect();
    await scene.watching();
    const [watch] = scene.proxy.watches;
    watch?.write(text);
    if (end !== undefined) watch?.[end]();
    await expectSoon(() => scene.lists()).toBe(2);
    expect(reflected.errors).toHaveLength(1);
    await stillHears(scene, reflected);
  });
}

/** What exactly it does. */
const manners: readonly Point[] = [
  failsThreeTimes('410 when the watch begins', isWatch, { status: 410, body: EXPIRED }),
  failsThreeTimes('500 when the watch begins', isWatch, { status: 500 }),
  failsThreeTimes('500 for the list', isList, { status: 500 }),
  failsThreeTimes('an expired continue token', ({ query }) => query.has('continue'), { status: 410, body: EXPIRED }),
  tooManyRequests('a list', isList, 2),
  tooManyRequests('a watch, which goes on where it was,', isWatch, 1),
  brokenStream('half an event and the end of the connection', HALF_A_LINE, 'reset'),
  brokenStream('half an event and the next one', `${HALF_A_LINE}\n`),
  brokenStream('an endless event', 'x'.repeat(17 * 1024 * 1024)),
  point('connections that are cut before there is an answer', async (scene) => {
    scene.failFirst(5, () => true, 'reset');
    const reflected = scene.reflect();
    await reflected.reflector.synced;
    await stillHears(scene, reflected);
  }),
  point('pauses grow, to a cap, and shrink again once a watch has lasted', async (scene) => {
    scene.failFirst(6, isWatch, { status: 500 });
    const timing = { backoffBaseMs: 10, backoffCapMs: 80, settledMs: 100 };
    const { pauses, reflector } = scene.reflect({ timing });
    await reflector.synced;
    await expectSoon(() => pauses.length).toBe(6);
    for (const [index, floor] of [10, 20, 40, 80, 80, 80].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(floor);
      expect(pauses[index]).toBeLessThanOrEqual(80);
    }
    await scene.watching();
    const since = systemClock.now();
    await expectSoon(() => systemClock.now() - since).toBeGreaterThan(100);
    scene.proxy.watches[0]?.reset();
    await expectSoon(() => pauses.length).toBe(7);
    expect(pauses[6]).toBeLessThanOrEqual(20);
  }),
  point('410 in the middle of the stream: a new list', async (scene) => {
    const reflected = scene.reflect();
    await scene.watching();
    scene.proxy.watches[0]?.write(`${JSON.stringify({ type: 'ERROR', object: EXPIRED })}\n`);
    await expectSoon(() => scene.lists()).toBe(2);
    expect(reflected.errors.map(isGone)).toEqual([true]);
    await stillHears(scene, reflected);
  }),
  point('half an event before a regular end comes again, without a list', async (scene) => {
    const reflected = scene.reflect();
    await scene.watching();
    scene.proxy.watches[0]?.mute();
    await scene.maps.create('half');
    scene.proxy.watches[0]?.write(HALF_A_LINE);
    scene.proxy.watches[0]?.end();
    await expectSoon(reflected.names).toContain('half');
    expect([reflected.errors, scene.lists()]).toEqual([[], 1]);
  }),
  point('watches that end after a moment, again and again, lose nothing and need no list', async (scene) => {
    const reflected = scene.reflect();
    await reflected.reflector.synced;
    const wanted: string[] = [];
    for (let i = 0; i < 10; i++) {
      for (const watch of scene.proxy.watches) watch.end();
      wanted.push(`map-${i}`);
      await scene.maps.create(`map-${i}`);
    }
    await expectSoon(reflected.names).toEqual(wanted);
    expect([reflected.errors, scene.lists()]).toEqual([[], 1]);
  }),
  point('watches that end at once are not asked for faster than the shortest pause', async (scene) => {
    scene.failFirst(3, isWatch, { status: 200 });
    const began = systemClock.now();
    const reflected = scene.reflect({ timing: { backoffBaseMs: 200, backoffCapMs: 10_000 } });
    await scene.watching();
    expect(systemClock.now() - began).toBeGreaterThan(3 * 200);
    expect([reflected.errors, scene.lists()]).toEqual([[], 1]);
    await stillHears(scene, reflected);
  }),
  point('silence on an open connection: a new list', async (scene) => {
    const reflected = scene.reflect({ timing: { silenceMs: 300 } });
    await scene.watching();
    scene.proxy.watches[0]?.mute();
    await scene.maps.create('unheard');
    await expectSoon(reflected.names).toEqual(['unheard']);
    expect(reflected.errors).toMatchObject([{ code: 'ETIMEDOUT' }]);
    expect(scene.lists()).toBe(2);
  }),
  point(
    'an event kept back by a server that says there was none: heard with the next list, which is due',
    async (scene) => {
      const reflected = scene.reflect({ timing: { relistMs: 1_500 } });
      await scene.watching();
      const [watch] = scene.proxy.watches;
      if (watch !== undefined) watch.lets = () => false;
      const { metadata } = await scene.maps.create('kept-back');
      const { resourceVersion } = metadata;
      watch?.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } })}\n`);
      watch?.end();
      await expectSoon(() => scene.proxy.requests.filter(isWatch).length).toBe(2);
      expect(reflected.names()).toEqual([]);
      const since = systemClock.now();
      await expectSoon(() => systemClock.now() - since).toBeGreaterThan(1_500);
      scene.proxy.watches[0]?.end();
      await expectSoon(reflected.names).toEqual(['kept-back']);
      expect([reflected.errors, scene.lists()]).toEqual([[], 2]);
    },
  ),
];

faultPoints(
  8,
  manners.map((one) => ({ ...one, title: `the reflector: ${one.title}` })),
);
