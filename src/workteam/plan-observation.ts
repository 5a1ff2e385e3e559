/** What to do about a Workteam that is only observed: look, compare, report. Nothing is written to AWS, nothing judged. */
import { compareCreateOnly, compareTags, compareWorkteam } from './compare.ts';
import { type Facts, isObserved } from './facts.ts';
import { end, firstOf, look } from './plan-rows.ts';
import { FINALIZER } from './schema.ts';
import type { Step } from './step.ts';

/** The next step of a pass over a Workteam that is only observed; nothing for one that is managed. */
export function planObservation(facts: Facts): Step | undefined {
  return isObserved(facts) ? firstOf(facts, [noFinalizerNeeded, notLooked, absent, tagsNotRead, compared]) : undefined;
}

/**
 * Whoever only observes has nothing to clean up, so a finalizer from a time before is taken off. Under `--read-only` it
 * stays: that is a mood of the operator, not a wish of the object.
 */
function noFinalizerNeeded({ workteam, settings }: Facts): Step | undefined {
  const finalized = workteam.metadata.finalizers?.includes(FINALIZER) === true;
  return finalized && !settings.readOnly ? { step: 'removeFinalizer' } : undefined;
}

function notLooked(facts: Facts): Step | undefined {
  return facts.team === undefined ? look(facts, { object: false, team: true, tags: true }) : undefined;
}

function absent({ team }: Facts): Step | undefined {
  return team === 'absent' ? end({ kind: 'observedAbsent' }) : undefined;
}

function tagsNotRead(facts: Facts): Step | undefined {
  return facts.tags === undefined ? look(facts, { object: false, team: false, tags: true }) : undefined;
}

function compared({ team, tags, spec, settings }: Facts): Step {
  if (team === undefined || team === 'absent' || tags === undefined || !spec.ok)
    throw new Error('compared before it was looked at');
  const drift = [
    ...compareWorkteam(spec.spec, team),
    ...compareCreateOnly(spec.spec, team),
    ...compareTags(spec.spec.tags ?? {}, tags, settings.ignoreTagKeys),
  ];
  return end({ kind: 'observed', team, drift });
}
