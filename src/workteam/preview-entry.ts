/** From what would happen to what `plan` tells of it: pure, and without a rule of its own. */
import { memberChanges } from './announce.ts';
import type { Difference } from './compare.ts';
import { driftMessage, failureMessage, readyMessage } from './messages.ts';
import { type Preview, type PreviewInput, preview, previewDeletion } from './preview.ts';
import type { PlanAction, PlanEntry } from './preview-schema.ts';
import { effectiveName } from './schema.ts';
import type { Action } from './step.ts';

/** What a preview says of one Workteam; `file`, `line` and `region` are the caller's. */
export type Told = Omit<PlanEntry, 'file' | 'line' | 'region'>;

/** Previews a Workteam, and its deletion afterwards. `at` is any time, for the object's deletionTimestamp. */
export function tell(input: PreviewInput, at: string): { told: Told; after: Preview['after'] } {
  const { workteam } = input;
  const { actions, outcome, after, workteam: applied } = preview(input);
  const differences = outcome.kind === 'observed' ? outcome.drift : actions.flatMap(differencesOf);
  const members = differences.find(({ field }) => field === 'memberDefinitions');
  const told = {
    namespace: workteam.metadata.namespace,
    name: workteam.metadata.name,
    workteamName: effectiveName(workteam),
    result: resultOf(actions, outcome),
    ...(outcome.kind === 'failed' && { reason: outcome.failure.reason }),
    message: messageOf(outcome, effectiveName(workteam)),
    actions: actions.map(actionOf),
    differences: differences.map(differenceOf).sort((a, b) => (a.field < b.field ? -1 : 1)),
    ...(members !== undefined && { members: memberChanges(members) }),
    onDelete: fate(previewDeletion({ ...input, workteam: applied, seen: after }, at)),
  };
  return { told, after };
}

/** What a deletion comes to for the work team. */
export function fate({ actions, outcome }: Preview): PlanEntry['onDelete'] {
  if (actions.some((action) => action.do === 'delete')) return 'deleted';
  if (actions.some((action) => action.do === 'release')) return 'retained';
  return outcome.kind === 'suspended' ? 'held' : 'untouched';
}

function resultOf(actions: readonly Action[], outcome: Preview['outcome']): PlanEntry['result'] {
  if (outcome.kind === 'failed') return 'refused';
  if (outcome.kind === 'suspended') return 'suspended';
  if (outcome.kind === 'observed' || outcome.kind === 'observedAbsent') return 'observed';
  const done = new Set(actions.map((action) => action.do));
  for (const what of ['create', 'delete', 'release', 'adopt', 'update'] as const) if (done.has(what)) return what;
  return done.size === 0 ? 'nothing' : 'tags';
}

function messageOf(outcome: Preview['outcome'], workteamName: string): string {
  switch (outcome.kind) {
    case 'failed':
      return failureMessage(outcome.failure, workteamName);
    case 'synced':
    case 'suspended':
    case 'observedAbsent':
      return readyMessage(outcome.kind, workteamName);
    case 'observed':
      return `${readyMessage('observed', workteamName)} ${driftMessage(outcome.drift.map(({ field }) => field))}`;
    case 'gone':
    case 'none':
      return 'The Workteam is being deleted.';
    case 'acting':
    case 'begun':
    case 'created':
    case 'stale':
      throw new Error(`a preview ended with ${outcome.kind}, which is a bug`);
    default:
      return outcome satisfies never;
  }
}

/** A create repairs nothing: its request says it all. */
function differencesOf(action: Action): readonly Difference[] {
  return 'differences' in action ? action.differences : [];
}

function differenceOf({ field, desired, observed }: Difference): PlanEntry['differences'][number] {
  return { field, ...(desired !== undefined && { desired }), ...(observed !== undefined && { observed }) };
}

/** An action without what only the log is told. */
function actionOf(action: Action): PlanAction {
  switch (action.do) {
    case 'create': {
      const { memberDefinitions, tags, ...request } = action.request;
      return { do: 'create', request: { ...request, memberDefinitions: [...memberDefinitions], tags: { ...tags } } };
    }
    case 'update':
      return { do: 'update', request: { ...action.request, memberDefinitions: [...action.request.memberDefinitions] } };
    case 'removeTags':
      return { do: 'removeTags', keys: [...action.keys] };
    case 'addTags':
      return { do: 'addTags', tags: { ...action.tags } };
    case 'adopt':
      return { do: 'adopt', ownerTag: action.ownerTag, ...(action.from !== undefined && { from: action.from }) };
    case 'release':
      return { do: 'release' };
    case 'delete':
      return { do: 'delete', workteamName: action.workteamName };
    default:
      return action satisfies never;
  }
}
