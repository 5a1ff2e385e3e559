/**
 * What hours of bad watches would leave behind, if anything piled up: a thousand of them (a hundred in the sample)
 * end one after the other, each in another way. At the operator's own pauses that is a night of trouble.
 */
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectSoon } from '../support/expect-soon.ts';
import { isList, isWatch, useReflectorScenes } from '../support/reflected.ts';
import { EVERY_POINT, faultPoints } from './harness/points.ts';
import { WATCH_FAULTS, WatchSpoiler } from './harness/watch-faults.ts';

const WATCHES = EVERY_POINT ? 1_000 : 100;
/** Before it is compared, so that what is made once (agents, pools) has been made. */
const WARM_UP = WATCHES / 10;

const scenes = useReflectorScenes();

/** Those that end the watch at once; silence and waiting would need the hours themselves. */
const quick = WATCH_FAULTS.filter(({ title }) =>
  ['410 when it begins', '410 in the stream', '500', 'half a line and a cut', 'a line that is no event'].includes(
    title,
  ),
);

faultPoints(8, [
  {
    title: 'the reflector: watch after watch that ends, each in another way, leaves nothing behind',
    timeout: 300_000,
    async play() {
      await using scene = await scenes.open();
      const { proxy, maps } = scene;
      const { names, errors } = scene.reflect({ timing: { backoffBaseMs: 1, backoffCapMs: 2, settledMs: 0 } });
      const spoiler = new WatchSpoiler(proxy);
      let warm: Left | undefined;
      for (let index = 0; index < WATCHES; index++) {
        await eventually(() => proxy.watches.length === 1, { what: 'a watch', within: 30_000 });
        if (index === WARM_UP) warm = left(proxy.connections);
        const fault = quick[index % quick.length];
        const seen = errors.length;
        if (fault !== undefined) spoiler.once(fault, isWatch);
        await eventually(() => errors.length > seen, { what: 'the trouble to be told', within: 30_000 });
      }
      await scene.watching();
      const end = left(proxy.connections);
      expect(end.connections).toBeLessThanOrEqual((warm?.connections ?? 0) + 2);
      expect(end.timers).toBeLessThanOrEqual((warm?.timers ?? 0) + 5);
      // One list for each trouble, and the first.
      expect(proxy.requests.filter(isList).length).toBeLessThanOrEqual(errors.length + 1);
      await maps.create('afterwards');
      await expectSoon(names).toContain('afterwards');
    },
  },
]);

interface Left {
  readonly connections: number;
  readonly timers: number;
}

function left(connections: number): Left {
  return { connections, timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length };
}
