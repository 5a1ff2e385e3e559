/** What holds for every status that a pass writes, whatever came before it. */
import { canonicalJson } from '../../src/workteam/json.ts';
import { type Condition, type Workteam, type WorkteamStatus, workteamStatus } from '../../src/workteam/schema.ts';

/** RFC 3339 times, UUIDs and request ids, and numbers that count: nothing of that may be in a message. */
const VOLATILE = /\d{4}-\d{2}-\d{2}T|[0-9a-f]{8}-[0-9a-f]{4}-|attempt \d|\d+ (times|retries|seconds|minutes)/i;

/** Every rule that the next status of `before` breaks, as sentences; none for a good one. */
export function problemsOf(before: Workteam, status: WorkteamStatus): string[] {
  const conditions = status.conditions ?? [];
  const had = before.status?.conditions ?? [];
  const find = (type: string, among = conditions) => among.find((condition) => condition.type === type);
  const problems: string[] = [];
  const demand = (holds: boolean, otherwise: string) => {
    if (!holds) problems.push(otherwise);
  };

  const parsed = workteamStatus.safeParse(status);
  demand(parsed.success, `the schema refuses it: ${parsed.error?.message}`);
  demand(!parsed.success || canonicalJson(parsed.data) === canonicalJson(status), 'the schema drops fields');
  demand(find('Ready') !== undefined, 'Ready is missing');
  for (const type of ['Reconciling', 'Stalled'])
    demand((find(type)?.status ?? 'True') === 'True', `${type} is there and not True`);
  demand(!(find('Reconciling') && find('Stalled')), 'Reconciling and Stalled at once');
  demand(new Set(conditions.map(({ type }) => type)).size === conditions.length, 'a type twice');
  demand(!(find('Stalled') && find('Ready')?.status === 'True'), 'Stalled and Ready');
  demand(
    find('Stalled') === undefined || status.observedGeneration === before.metadata.generation,
    'Stalled without observedGeneration',
  );
  for (const condition of conditions) {
    const same = find(condition.type, had);
    const kept = same === undefined || same.status !== condition.status || isSameTime(same, condition);
    demand(kept, `the transition time of ${condition.type} moved without its status`);
    demand(!VOLATILE.test(condition.message), `something volatile in a message: ${condition.message}`);
  }
  return problems;
}

/** Throws when the next status of `before` breaks a rule. */
export function checkStatus(before: Workteam, status: WorkteamStatus): void {
  const problems = problemsOf(before, status);
  if (problems.length > 0) throw new Error(`${problems.join('; ')}: ${JSON.stringify(status)}`);
}

function isSameTime(one: Condition, other: Condition): boolean {
  return one.lastTransitionTime === other.lastTransitionTime;
}
