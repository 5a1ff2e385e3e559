/**
 * Asked to stop at whatever moment, the leader ends in under 30 s with exit code 0 and gives its lease back; the next one finishes
 * what was left, as if nothing had been. The moments are counted: before and after each call of a create, an edit and a deletion,
 * and each call of a start, the election's included.
 */
import { expect, vi } from 'vitest';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn, OPERATOR } from '../support/deployment.ts';
import { inTime } from '../support/eventually.ts';
import type { Operator } from '../support/operator.ts';
import { type Moment, momentsOf, titleOf } from './harness/calls.ts';
import { type PlaceFault, usePlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { isLeading, untilLeading } from './harness/replicas.ts';
import { COUNTED, type OwnSetting, useSettings } from './harness/setting.ts';
import { CREATE, DELETE, DONE_WITHIN_MS, EDIT, ELECTED_CREATE, type Work } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 5, testTimeout: 300_000 });

/** A pod is killed 30 s after it was asked to stop, unless it says otherwise. */
const GRACE_MS = 30_000;

const cluster = controlPlane();
const players = usePlayers(useSettings());

/** The same work, by an operator that leads when it begins. */
function led(work: Work): Work<OwnSetting> {
  const options = ({ workteams }: OwnSetting) => ({ leaseNamespace: workteams.namespace });
  return {
    ...work,
    startsItself: true,
    options,
    async prepare(setting) {
      await allowLeaseIn(cluster, setting.workteams.namespace);
      await untilLeading(await setting.start({ ...options(setting), flags: COUNTED }));
      await work.prepare(setting);
    },
  };
}

/** SIGTERM at that moment; the call goes on when the operator has heard it. */
function stoppedAt(moment: Moment, work: Work<OwnSetting>): PlaceFault {
  return (setting) => {
    const asked = Promise.withResolvers<{ operator: Operator; at: number }>();
    const struck = setting.at(moment, async () => {
      const operator = await setting.newest;
      asked.resolve({ operator, at: performance.now() });
      operator.send('SIGTERM');
      if (isLeading(operator)) await operator.logged('that it stops', ({ msg }) => msg === 'stopping');
      return undefined;
    });
    const ended = async () => {
      await inTime(struck, { what: titleOf(moment), within: DONE_WITHIN_MS });
      const { operator, at } = await asked.promise;
      expect(await inTime(operator.ended, { what: 'its end', within: GRACE_MS })).toMatchObject({
        code: 0,
        signal: null,
      });
      expect(performance.now() - at).toBeLessThan(GRACE_MS);
      expect(await holderIn(setting), 'who holds the lease').toBe('');
    };
    return { over: ended(), after: () => setting.start(work.options?.(setting)) };
  };
}

/** Who holds the operators' Lease; nobody does when there is none yet. */
async function holderIn({ workteams }: OwnSetting): Promise<string> {
  const holder = ['-o', 'jsonpath={.spec.holderIdentity}'];
  return cluster.run(['get', 'lease', OPERATOR, '--namespace', workteams.namespace, '--ignore-not-found', ...holder]);
}

const works: readonly Work<OwnSetting>[] = [led(CREATE), led(EDIT), led(DELETE), ELECTED_CREATE];

const pointsOf = (work: Work<OwnSetting>): Point[] =>
  momentsOf(work.calls).map((moment) => ({
    title: `${work.title}, asked to stop ${titleOf(moment)}`,
    sampled: work.title === EDIT.title && moment.call === 'UpdateWorkteam',
    play: async (note) => note.settled(await players.play(work, stoppedAt(moment, work))),
  }));

faultPoints(29, works.flatMap(pointsOf), { concurrent: true });
