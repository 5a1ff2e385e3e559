import { expect } from 'vitest';
import { judgeQuiet, lookOnceMore } from './judges.ts';
import type { OwnSetting } from './setting.ts';

/**
 * The end of a run whose writes are told one by one: another process takes over, with a short resync, looks at everything, and
 * then nothing happens any more; nothing was deleted wrongly before.
 */
export async function judgeHandover(setting: OwnSetting, writes: readonly string[]): Promise<void> {
  await (await setting.newest).stop();
  await setting.start();
  await lookOnceMore(setting);
  expect(setting.aws.writes().map(({ operation }) => operation)).toEqual(writes);
  expect(setting.wrongs).toEqual([]);
  await judgeQuiet(setting);
}
