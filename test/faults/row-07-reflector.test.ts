/** The reflector by itself, against the real API server: changes that happen while nobody watches. */
import { expect } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { expectSoon } from '../support/expect-soon.ts';
import { type ReflectorScene, useReflectorScenes } from '../support/reflected.ts';
import { faultPoints } from './harness/points.ts';

const scenes = useReflectorScenes();

/** Nothing comes through while it happens. @returns when that was over */
async function gap({ proxy }: ReflectorScene, happens: () => Promise<unknown>): Promise<number> {
  proxy.fault = () => 'reset';
  for (const watch of proxy.watches) watch.reset();
  await happens();
  proxy.fault = () => undefined;
  return systemClock.now();
}

faultPoints(7, [
  {
    title: 'the reflector: a deleted and recreated object is another object',
    async play(note) {
      await using scene = await scenes.open();
      const { maps } = scene;
      const old = await maps.create('a', { n: 'same' });
      const { reflector, changes } = scene.reflect();
      await reflector.synced;
      await scene.watching();
      changes.splice(0);
      const began = await gap(scene, async () => {
        await maps.remove('a');
        await maps.create('a', { n: 'same' });
      });
      await expectSoon(() => changes.length).toBe(2);
      note.settled(systemClock.now() - began);
      expect(changes.map(({ type }) => type)).toEqual(['deleted', 'added']);
      expect(changes[0]?.object.metadata.uid).toBe(old.metadata.uid);
      expect(changes[1]?.object.metadata.uid).not.toBe(old.metadata.uid);
    },
  },
  {
    title: 'the reflector: created, deleted and edited objects are found, also one that was edited back',
    async play(note) {
      await using scene = await scenes.open();
      const { maps } = scene;
      for (const name of ['edited', 'back', 'gone', 'same']) await maps.create(name, { n: '1' });
      const { reflector, changes, last, names } = scene.reflect();
      await reflector.synced;
      await scene.watching();
      changes.splice(0);
      const began = await gap(scene, async () => {
        await maps.edit('edited', { n: '2' });
        await maps.edit('back', { n: '2' });
        await maps.edit('back', { n: '1' });
        await maps.remove('gone');
        await maps.create('new');
      });
      await expectSoon(names).toEqual(['back', 'edited', 'new', 'same']);
      note.settled(systemClock.now() - began);
      expect(last().sort()).toEqual([
        ['added', 'new'],
        ['deleted', 'gone'],
        ['updated', 'back'],
        ['updated', 'edited'],
      ]);
    },
  },
]);
