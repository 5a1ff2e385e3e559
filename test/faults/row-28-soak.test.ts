/**
 * The soak, for a minute or so; `npm run soak` is the one of an hour, and docs/reliability.md shows it. What a minute can show
 * of growth: each leak that is large, and sockets and files without bound. Memory is still finding its size then.
 */
import { expect } from 'vitest';
import { SPELLS } from '../../dev/soak/faults.ts';
import { MEASURES, spanOf } from '../../dev/soak/report.ts';
import { type Found, soak } from '../../dev/soak/soak.ts';
import { trendOf } from '../../dev/soak/trend.ts';
import { builtBundle } from '../support/bundle.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn, installOperator } from '../support/deployment.ts';
import { faultPoints, type Note } from './harness/points.ts';

const cluster = controlPlane();

/** What takes minutes to heal by itself: backoff after a denial begins at 30 s, and a watch may be silent for 150 s. */
const SLOW_TO_HEAL = ['updates are denied', 'reads of tags are denied', 'the watch falls silent'];
const QUICK_SPELLS = Object.fromEntries(Object.entries(SPELLS).filter(([name]) => !SLOW_TO_HEAL.includes(name)));

/** Workers of a region, each with a connection of its own, and one for sweeps. */
const SOCKETS_A_REGION = 5;
/** To the API server, from whoever scrapes, of the two servers, and those that a fault has left half closed. */
const OTHER_SOCKETS = 40;
/** With some thousand passes in a minute, a leak of 10 KiB in each is more. */
const HEAP = { ...MEASURES.heap.gauge, toleranceAbsolute: 24 * 2 ** 20 };

async function play(note: Note, run: { seconds: number; teams: number; spells: typeof SPELLS; spellMs: number }) {
  const seed = 28;
  note.plan({ seed });
  const kubeconfig = await installOperator(cluster);
  const namespace = await cluster.createNamespace('soak');
  await allowLeaseIn(cluster, namespace);
  const found = await soak({
    ...run,
    ground: { address: cluster.address, kubeconfig, namespace, leaseNamespace: namespace, bundle: builtBundle() },
    seed,
    rate: 5,
    resyncS: 2,
    everyS: 1,
    stop: new AbortController().signal,
    tell: (line) => console.log(line),
  });
  note.settled(found.settledMs);
  judge(found, run.teams / 25);
}

function judge({ samples, objections, idleWrites, works, seconds }: Found, regions: number): void {
  expect(objections).toEqual([]);
  expect(idleWrites).toEqual([]);
  expect(works).toMatchObject({ edits: expect.any(Number), 'objects replaced': expect.any(Number) });
  const sockets = Math.max(...samples.map((sample) => sample.sockets));
  const files = Math.max(...samples.map((sample) => sample.files));
  expect(sockets).toBeLessThanOrEqual(regions * SOCKETS_A_REGION + OTHER_SOCKETS);
  expect(files - sockets).toBeLessThanOrEqual(60);
  const heap = samples.map(({ at, heap: value }) => ({ at, value }));
  expect(trendOf(heap, spanOf(seconds), HEAP)).toMatchObject({ flat: true });
}

faultPoints(28, [
  {
    title: '50 Workteams, 12 s of works and quick faults',
    sampled: true,
    timeout: 180_000,
    play: (note) => play(note, { seconds: 12, teams: 50, spells: QUICK_SPELLS, spellMs: 1_000 }),
  },
  {
    title: '100 Workteams in 4 regions, 90 s of works and faults of all kinds',
    timeout: 1_200_000,
    play: (note) => play(note, { seconds: 90, teams: 100, spells: SPELLS, spellMs: 2_000 }),
  },
]);
