/** The judges together. */
import type { Life } from './history.ts';
import { judgeEnd } from './judge-end.ts';
import { judgePlans } from './judge-plans.ts';
import { judgeRepeats } from './judge-repeats.ts';
import { judgePasses, judgeRest, judgeStatuses } from './judge-rest.ts';
import { judgeWrites } from './judge-writes.ts';

/** Everything that is wrong with a life, as sentences; none when nothing is. */
export function judge(life: Life): string[] {
  const judges = [judgePasses, judgeWrites, judgeRepeats, judgeStatuses, judgeRest, judgeEnd, judgePlans];
  return judges.flatMap((one) => one(life));
}
