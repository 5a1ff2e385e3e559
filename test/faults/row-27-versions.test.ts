/**
 * An upgrade that is rolled back, and the other way round: what one version began another one does, and the new version finds all
 * as if nobody else had ever run. The old version is that of the commit that brought the chart.
 */
import { beforeAll, vi } from 'vitest';
import { earlierBundle } from '../support/earlier-bundle.ts';
import { inTime } from '../support/eventually.ts';
import { type Moment, momentsOf, titleOf } from './harness/calls.ts';
import { judge, usePlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { COUNTED, type OwnSetting, useSettings } from './harness/setting.ts';
import { DONE_WITHIN_MS, WORKS, type Work } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 10, testTimeout: 300_000 });

const settings = useSettings();
const players = usePlayers(settings);
let old = '';

beforeAll(async () => {
  old = await earlierBundle();
});

type Version = 'new' | 'old';

/** Starts that version, and no other runs any more. */
async function turn(setting: OwnSetting, version: Version): Promise<void> {
  await (await setting.newest).stop();
  await start(setting, version);
}

const start = (setting: OwnSetting, version: Version, flags: readonly string[] = []) =>
  setting.start({ flags, ...(version === 'old' && { bundle: old }) });

/** One version prepares, another one does the work, and each looks once more; the new one has the last word. */
async function skewed(work: Work, prepares: Version, does: Version): Promise<number> {
  const { ending } = await players.reference(work);
  await using setting = await settings.open();
  await start(setting, prepares);
  await work.prepare(setting);
  await turn(setting, does);
  const began = performance.now();
  await work.begin(setting);
  await work.done(setting);
  const settled = performance.now() - began;
  await turn(setting, prepares);
  if (prepares === 'old') await turn(setting, 'new');
  await judge(setting, ending);
  return settled;
}

/** One version is killed at a moment of the work, and another one finishes it; the new one has the last word. */
async function takenOver(work: Work, moment: Moment, by: Version): Promise<number> {
  const { ending } = await players.reference(work);
  await using setting = await settings.open();
  await start(setting, by === 'old' ? 'new' : 'old', COUNTED);
  await work.prepare(setting);
  const struck = setting.at(moment, async () => {
    await (await setting.newest).kill();
    return 'drop' as const;
  });
  await work.begin(setting);
  await inTime(struck, { what: 'a call to be killed at', within: DONE_WITHIN_MS });
  const began = performance.now();
  await start(setting, by);
  await work.done(setting);
  const settled = performance.now() - began;
  if (by === 'old') await turn(setting, 'new');
  await judge(setting, ending);
  return settled;
}

const SAMPLE = ['an edit, prepared by the new version, done by the old one, and back'];

const point = (title: string, play: () => Promise<number>): Point => ({
  title,
  sampled: SAMPLE.includes(title),
  play: async (note) => note.settled(await play()),
});

const points = WORKS.flatMap((work) => [
  point(`${work.title}, prepared by the new version, done by the old one, and back`, () => skewed(work, 'new', 'old')),
  point(`${work.title}, prepared by the old version, done by the new one, and back`, () => skewed(work, 'old', 'new')),
  ...writesOf(work).flatMap((moment) =>
    (['new', 'old'] as const).map((by) =>
      point(`${work.title}, begun by the other and killed ${titleOf(moment)}, finished by the ${by} version`, () =>
        takenOver(work, moment, by),
      ),
    ),
  ),
]);

/** After each write to AWS. */
function writesOf({ calls }: Work): Moment[] {
  const moments = momentsOf({ aws: calls.aws, kubernetes: [] });
  return moments.filter(({ call, when }) => when === 'after' && /^(Create|Update|Delete|Add)/.test(call));
}

faultPoints(27, points, { concurrent: true });
