/** Whether a plan made from scratch, with every read up to date, has nothing left to do. */
import type { Workteam as AwsWorkteam } from '@aws-sdk/client-sagemaker';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { observedWorkteam } from '../../src/sagemaker/translate.ts';
import { type Facts, initialFacts } from '../../src/workteam/facts.ts';
import { afterLook } from '../../src/workteam/learn.ts';
import type { ObservedWorkteam } from '../../src/workteam/observed.ts';
import { plan } from '../../src/workteam/plan.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import type { Step } from '../../src/workteam/step.ts';
import type { World } from '../support/world.ts';
import type { Life } from './history.ts';
import { keyOf, readyReason, shownTeam } from './judge-end.ts';
import { literal } from './show.ts';

/** What AWS refuses or does not keep is still to be done, and tried again now and then. */
const UNDONE: readonly unknown[] = ['InvalidRequest', 'NotConverging'];

/** Every Workteam with something left to do, as a sentence. */
export function judgePlans({ world }: Life): string[] {
  return world.api.list().flatMap((object) => {
    const step = freshPlan(world, object);
    if (step.step === 'end' || UNDONE.includes(readyReason(object))) return [];
    return [`${keyOf(object)}: the plan is still to ${literal(step)}`];
  });
}

/** Where a process that remembers nothing ends up after a look: at the end of its pass, or before its first write. */
function freshPlan(world: World, object: Workteam): Step {
  const { uid } = object.metadata;
  let facts = looked(world, initialFacts(object, world.settings, { uid }, world.clock.now()));
  for (;;) {
    const step = plan(facts);
    if (step.step !== 'lookForSibling') return step;
    const { namespace, name } = step.owner;
    facts = { ...facts, siblingExists: world.api.get(`${namespace}/${name}`) !== undefined };
  }
}

function looked(world: World, facts: Facts): Facts {
  const shown = shownTeam(world, facts.workteam);
  const seen = shown === undefined ? { team: 'absent' as const } : { team: observed(shown), tags: shown.tags };
  const answeredAt = world.clock.wall().getTime();
  return afterLook(facts, { ...seen, live: true, crdTerminating: false, answeredAt }, world.clock.now());
}

/** As the SDK would have read it. */
function observed({ workteam: { CreateDate = 0, LastUpdatedDate = 0, ...rest } }: TeamSnapshot): ObservedWorkteam {
  const dates = { CreateDate: new Date(CreateDate * 1000), LastUpdatedDate: new Date(LastUpdatedDate * 1000) };
  return observedWorkteam({ ...(rest as Omit<AwsWorkteam, keyof typeof dates>), ...dates }); // but for readonly lists
}
