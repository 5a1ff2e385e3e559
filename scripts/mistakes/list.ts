/** Mistakes as somebody could make them, each small, each to be found by the tests: `npm run mistakes` makes them one by one. */

/** One mistake: in that file, this text becomes that. */
export interface Mistake {
  /** Unlike any other; what `--only` takes. */
  readonly name: string;
  /** What would come of it. */
  readonly what: string;
  readonly file: string;
  /** Occurs once in the file. */
  readonly search: string;
  readonly replace: string;
  /** The test files that are expected to find it, tried first: quick ones, then those that need the built program and an API server. */
  readonly quick: readonly string[];
  readonly slow?: readonly string[];
}

const PLAN = ['test/workteam/plan.test.ts', 'test/workteam/plan-safety.test.ts'];
const RECONCILE = ['test/reconcile.test.ts'];
const CLASSIFY = ['test/sagemaker/classify.test.ts'];
const ELECTION = ['test/kubernetes/election.test.ts'];
const COMPARE = ['test/workteam/compare.test.ts'];
const STATUS = ['test/workteam/status.test.ts'];
const FENCE = ['test/sagemaker/fence.test.ts'];
const REFLECTOR = ['test/integration/reflector.test.ts'];

/** Whose team it is, and whether it may be written to. */
const OWNERSHIP: readonly Mistake[] = [
  {
    name: 'delete-of-a-foreign-team',
    what: 'the owner is not looked at before a delete',
    file: 'src/workteam/plan-deletion.ts',
    search: 'crdBrake, releaseForeign, retain, destroy]',
    replace: 'crdBrake, retain, destroy]',
    quick: PLAN,
  },
  {
    name: 'update-of-a-foreign-team',
    what: 'the owner is not looked at before an update',
    file: 'src/workteam/plan.ts',
    search: '      notOwned,\n      immutable,',
    replace: '      immutable,',
    quick: PLAN,
  },
  {
    name: 'adoption-without-a-policy',
    what: 'a team without an owner is taken under Never',
    file: 'src/workteam/plan.ts',
    search: "if (ownership.kind === 'unowned') return policy === 'IfUnowned' || policy === 'Always';",
    replace: "if (ownership.kind === 'unowned') return true;",
    quick: PLAN,
  },
  {
    name: 'foreign-team-under-if-unowned',
    what: "IfUnowned takes another owner's team",
    file: 'src/workteam/plan.ts',
    search: "return policy === 'Always' && settings.allowTakeover &&",
    replace: "return policy !== undefined && policy !== 'Never' &&",
    quick: PLAN,
  },
  {
    name: 'takeover-that-is-not-allowed',
    what: 'Always takes over without --allow-takeover',
    file: 'src/workteam/plan.ts',
    search: "return policy === 'Always' && settings.allowTakeover &&",
    replace: "return policy === 'Always' &&",
    quick: PLAN,
  },
  {
    name: 'team-of-a-living-sibling',
    what: 'a team of another Workteam of this cluster may be taken over',
    file: 'src/workteam/plan.ts',
    search: '      nameConflict,\n      adopt,',
    replace: '      adopt,',
    quick: PLAN,
  },
  {
    name: 'taken-to-and-fro',
    what: 'a team that was taken back is taken over again in the same generation',
    file: 'src/workteam/plan.ts',
    search: '  if (memory.ownedOn === wordOf(workteam)) return true;\n',
    replace: '',
    quick: PLAN,
  },
  {
    name: 'young-team-adopted',
    what: 'a team is adopted before its own owner tag can be shown',
    file: 'src/workteam/plan.ts',
    search:
      "  if (ownership.kind === 'unowned' && isYoung(facts)) return end({ kind: 'acting', doing: 'adopting' });\n",
    replace: '',
    quick: ['test/faults/memory/row-30-random-histories.test.ts'],
  },
  {
    name: 'create-without-an-owner',
    what: 'the owner tag is not inside the create',
    file: 'src/workteam/plan.ts',
    search: 'const tags = { ...spec.tags, [OWNER_TAG_KEY]: ownerTag(selfOf(facts)) };',
    replace: 'const tags = { ...spec.tags };',
    quick: PLAN,
  },
];

/** Deletions, which cannot be undone. */
const DELETIONS: readonly Mistake[] = [
  {
    name: 'finalizer-dropped-early',
    what: 'the finalizer goes when the delete was accepted, before the team is gone',
    file: 'src/workteam/plan-deletion.ts',
    search:
      "return now - memory.deletedAt < VISIBLE_WITHIN_MS ? end({ kind: 'acting', doing: 'deleting' }) : undefined;",
    replace: "return now - memory.deletedAt < VISIBLE_WITHIN_MS ? { step: 'removeFinalizer' } : undefined;",
    quick: PLAN,
  },
  {
    name: 'finalizer-dropped-on-refusal',
    what: 'the finalizer goes although the delete was refused',
    file: 'src/workteam/plan-deletion.ts',
    search: 'return failure && fail(failure, team);',
    replace: "return failure && team && { step: 'removeFinalizer' };",
    quick: PLAN,
  },
  {
    name: 'second-look-removed',
    what: 'a new process believes the first look that shows no team',
    file: 'src/workteam/plan-deletion.ts',
    search: 'if (since >= SECOND_LOOK_AFTER_MS) return undefined;',
    replace: 'if (since >= 0) return undefined;',
    quick: PLAN,
  },
  {
    name: 'retain-is-delete',
    what: 'Retain deletes the team',
    file: 'src/workteam/plan-deletion.ts',
    search: 'releaseForeign, retain, destroy]',
    replace: 'releaseForeign, destroy]',
    quick: PLAN,
  },
  {
    name: 'crd-deletion-deletes-teams',
    what: 'deleting the CRD deletes every team',
    file: 'src/workteam/plan-deletion.ts',
    search: 'crdBrake, releaseForeign',
    replace: 'releaseForeign',
    quick: PLAN,
  },
  {
    name: 'delete-on-the-word-of-a-cache',
    what: 'the object is not read live before a delete',
    file: 'src/workteam/plan-deletion.ts',
    search:
      'function destroy(facts: Present): Step {\n  if (!facts.live) return look(facts, { object: true, team: false, tags: false });\n',
    replace: 'function destroy(facts: Present): Step {\n',
    quick: PLAN,
  },
  {
    name: 'success-false-accepted',
    what: 'a delete that answers Success: false is taken for done',
    file: 'src/sagemaker/workteams.ts',
    search: 'if (output.Success !== false) return { requestId };',
    replace: 'if (output.Success !== undefined) return { requestId };',
    quick: CLASSIFY,
  },
  {
    name: 'suspended-is-deleted',
    what: 'a suspended Workteam that is deleted loses its team',
    file: 'src/workteam/plan.ts',
    search: 'return workteam.spec.suspend === true ?',
    replace: 'return workteam.spec.suspend === true && workteam.metadata.deletionTimestamp === undefined ?',
    quick: PLAN,
  },
  {
    name: 'read-only-writes',
    what: '--read-only is ignored',
    file: 'src/workteam/facts.ts',
    search: "return settings.readOnly || (policy !== undefined && policy !== 'Manage');",
    replace: "return policy !== undefined && policy !== 'Manage';",
    quick: PLAN,
  },
];

/** Which object it is, and whether it is still the same. */
const IDENTITY: readonly Mistake[] = [
  {
    name: 'uid-not-compared',
    what: 'an object of the same name is taken for the one that was planned for',
    file: 'src/perform.ts',
    search: 'live?.metadata.uid === planned.metadata.uid &&',
    replace: 'live !== undefined &&',
    quick: ['test/perform.test.ts'],
  },
  {
    name: 'generation-not-compared',
    what: 'AWS is written to by a spec that is not the newest',
    file: 'src/perform.ts',
    search: 'live.metadata.generation === planned.metadata.generation &&',
    replace: 'live !== undefined &&',
    quick: ['test/perform.test.ts'],
  },
  {
    name: 'memory-of-another-uid',
    what: 'what is remembered of an object is believed of the next one of its name',
    file: 'src/reconcile.ts',
    search: 'const memory = known?.uid === uid ? known : { uid };',
    replace: 'const memory = known ?? { uid };',
    quick: RECONCILE,
  },
  {
    name: 'replacement-is-an-update',
    what: 'a deletion and another create in the gap of a watch look like an edit',
    file: 'src/kubernetes/store.ts',
    search: 'if (previous?.metadata.uid !== object.metadata.uid) {',
    replace: 'if (previous === undefined) {',
    quick: ['test/kubernetes/store.test.ts'],
  },
  {
    name: 'kubernetes-fence-removed',
    what: 'finalizers and status are written whatever the object has become',
    file: 'src/kubernetes/workteams.ts',
    search: '=> ({ uid, resourceVersion });',
    replace: '=> ({ uid, ...(resourceVersion === undefined && { resourceVersion }) });',
    quick: [],
    slow: ['test/integration/workteams.test.ts'],
  },
  {
    name: 'other-finalizers-dropped',
    what: 'finalizers of others go with ours',
    file: 'src/pass.ts',
    search: 'finalizers.filter((finalizer) => finalizer !== FINALIZER)',
    replace: '[]',
    quick: RECONCILE,
  },
];

/** Who may write at all. */
const LEADING: readonly Mistake[] = [
  {
    name: 'aws-fence-removed',
    what: 'a write begins after the lease has run out',
    file: 'src/sagemaker/fence.ts',
    search: 'if (budget <= 0) throw',
    replace: 'if (budget < 0 && budget > 0) throw',
    quick: FENCE,
  },
  {
    name: 'write-not-cut-off',
    what: 'a write under way goes on after the lease has run out',
    file: 'src/sagemaker/fence.ts',
    search: 'setTimeout(() => expired.abort(), budget)',
    replace: 'setTimeout(() => {}, budget)',
    quick: FENCE,
  },
  {
    name: 'fence-without-a-clock',
    what: 'whoever led once may write for ever',
    file: 'src/kubernetes/fence.ts',
    search: 'lastRenewal !== undefined && now - lastRenewal < MAY_BEGIN_MS',
    replace: 'lastRenewal !== undefined && now >= lastRenewal',
    quick: ['test/kubernetes/fence.test.ts'],
  },
  {
    name: 'lease-not-released',
    what: 'the next leader waits for the lease to expire',
    file: 'src/kubernetes/election.ts',
    search: 'if (!lost.signal.aborted) await this.#release();',
    replace: '',
    quick: ELECTION,
  },
  {
    name: 'lease-of-a-dead-holder-at-once',
    what: 'a lease is taken that has not expired',
    file: 'src/kubernetes/election.ts',
    search: 'this.#options.clock.now() - this.#seen.changedAt >= duration',
    replace: 'this.#options.clock.now() - this.#seen.changedAt >= 0',
    quick: ELECTION,
  },
];

/** What is written to AWS, and how often. */
const WRITES: readonly Mistake[] = [
  {
    name: 'tags-merged',
    what: 'tags that the spec does not have stay',
    file: 'src/workteam/compare.ts',
    search: '.filter(({ wanted, found }) => wanted !== found)',
    replace: '.filter(({ wanted, found }) => wanted !== undefined && wanted !== found)',
    quick: COMPARE,
  },
  {
    name: 'groups-merged',
    what: 'whoever was taken off the spec stays on the team',
    file: 'src/workteam/requests.ts',
    search: '      memberDefinitions: spec.memberDefinitions,\n      ...(topic',
    replace: '      memberDefinitions: [...spec.memberDefinitions, ...team.memberDefinitions],\n      ...(topic',
    quick: ['test/workteam/requests.test.ts', 'test/workteam/plan.test.ts'],
  },
  {
    name: 'own-tags-removed',
    what: 'the owner tag is repaired away',
    file: 'src/workteam/compare.ts',
    search: "|| key.startsWith('workteams.dev/')",
    replace: '',
    quick: COMPARE,
  },
  {
    name: 'order-matters',
    what: 'groups in another order are a difference',
    file: 'src/workteam/compare.ts',
    search: '[...groups].sort()',
    replace: '[...groups]',
    quick: COMPARE,
  },
  {
    name: 'invisible-create-repeated',
    what: 'a team that is not shown yet is created again',
    file: 'src/workteam/plan.ts',
    search: 'whenAbsent([createNotYetVisible, createRefused, createTeam])',
    replace: 'whenAbsent([createRefused, createTeam])',
    quick: PLAN,
  },
  {
    name: 'lost-create-forgotten',
    what: 'after a create without an answer nobody looks for the team',
    file: 'src/workteam/learn.ts',
    search: "return { memory: rememberCreate(facts.memory, 'lost', action.request.tags, now) };",
    replace: 'return { memory: facts.memory };',
    quick: ['test/workteam/learn.test.ts'],
  },
  {
    name: 'create-broken-off-forgotten',
    what: 'after a create that ran into the time limit of its pass nobody looks for the team',
    file: 'src/perform.ts',
    search: "if (action.do !== 'create') return;",
    replace: 'if (action.do) return;',
    quick: RECONCILE,
  },
  {
    name: 'taken-name-is-an-error',
    what: 'a create that is refused for its own team fails instead of looking whose it is',
    file: 'src/workteam/learn.ts',
    search: "if (action.do === 'create' && error.meaning === 'taken') {",
    replace: "if (action.do === 'create' && error.meaning === 'taken' && facts.created === true) {",
    quick: ['test/workteam/learn.test.ts'],
  },
  {
    name: 'late-read-repaired',
    what: 'an update is sent again because a read is late',
    file: 'src/workteam/memory.ts',
    search: 'return now - wrote.at < VISIBLE_WITHIN_MS && wrote.before.includes(read);',
    replace: 'return now < wrote.at && wrote.before.includes(read);',
    quick: ['test/workteam/memory.test.ts'],
  },
];

/** When, how fast, and how to fail. */
const PATIENCE: readonly Mistake[] = [
  {
    name: 'backoff-not-reset',
    what: 'a success does not end the backoff',
    file: 'src/controller/controller.ts',
    search: "      case 'after':\n        this.#retries.delete(key);\n",
    replace: "      case 'after':\n",
    quick: ['test/controller/controller.test.ts'],
  },
  {
    name: 'backoff-does-not-grow',
    what: 'failures are retried at the same pace for ever',
    file: 'src/controller/backoff.ts',
    search: 'base * 2 ** attempt',
    replace: 'base * (attempt >= 0 ? 1 : 0)',
    quick: ['test/controller/backoff.test.ts'],
  },
  {
    name: 'token-not-spent',
    what: 'nothing holds the rate of calls to AWS',
    file: 'src/sagemaker/limiter.ts',
    search: '      this.#tokens -= 1;\n',
    replace: '',
    quick: ['test/sagemaker/limiter.test.ts'],
  },
  {
    name: 'throttling-is-terminal',
    what: 'who was throttled gives up until the next resync',
    file: 'src/workteam/failure.ts',
    search: "Throttled: 'transient',",
    replace: "Throttled: 'terminal',",
    quick: ['test/workteam/next-look.test.ts', ...STATUS],
  },
  {
    name: 'not-found-not-recognised',
    what: 'a missing team is an error when the text is worded otherwise',
    file: 'src/sagemaker/classify.ts',
    search: "textOf(error).includes('The work team')",
    replace: "textOf(error).startsWith('The work team')",
    quick: CLASSIFY,
  },
  {
    name: 'any-refusal-is-not-found',
    what: 'any ValidationException says that the team is gone',
    file: 'src/sagemaker/classify.ts',
    search: "name === 'ValidationException' && textOf(error).includes('The work team')",
    replace: "name === 'ValidationException'",
    quick: CLASSIFY,
  },
  {
    name: 'resync-removed',
    what: 'a region is swept once and never again',
    file: 'src/sweeper.ts',
    search: '      pause = failures === 0 ? interval() :',
    replace: '      if (failures === 0) return;\n      pause = failures === 0 ? interval() :',
    quick: ['test/sweeper.test.ts'],
  },
  {
    name: 'first-page-only',
    what: 'teams past the first page of a list are missing',
    file: 'src/sagemaker/workteams.ts',
    search:
      'yield teamsIn(answer, output.Workteams).map(observedWorkteam);\n      NextToken = tokenIn(answer, output.NextToken);',
    replace: 'yield teamsIn(answer, output.Workteams).map(observedWorkteam);\n      NextToken = undefined;',
    quick: ['test/sagemaker/workteams.test.ts'],
  },
  {
    name: 'old-sweep-believed',
    what: 'a sweep that began before a write nominates for it',
    file: 'src/workteam/nominate.ts',
    search: '  if (memory !== undefined && lastWrite(memory) > began) return false;\n',
    replace: '',
    quick: ['test/workteam/nominate.test.ts'],
  },
  {
    name: 'tags-read-at-every-start',
    what: 'a restart reads tags although nothing asks for it',
    file: 'src/workteam/nominate.ts',
    search: 'return sweep > 0 && sum',
    replace: 'return sum',
    quick: ['test/workteam/nominate.test.ts'],
  },
  {
    name: 'old-list-confirms',
    what: 'a list from before a write says what became of a create',
    file: 'src/workteam/nominate.ts',
    search: 'return lastWrite(memory) <= began && listed',
    replace: 'return listed',
    quick: ['test/workteam/nominate.test.ts'],
  },
  {
    name: 'list-confirms-another-spec',
    what: 'a list says that all is well with a Workteam whose spec has changed since its create',
    file: 'src/workteam/nominate.ts',
    search: 'if (memory.createdAt === undefined || memory.ownedOn !== wordOf(workteam)) return false;',
    replace: 'if (memory.createdAt === undefined) return false;',
    quick: ['test/workteam/nominate.test.ts', 'test/reconcile.test.ts'],
  },
  {
    name: 'list-that-failed-forgets',
    what: 'nobody looks any more at what was created when the list that was to confirm it fails',
    file: 'src/confirmer.ts',
    search: '        if (!signal.aborted) onError(region, error);\n',
    replace: '        if (!signal.aborted) onError(region, error);\n        continue;\n',
    quick: ['test/confirmer.test.ts'],
  },
  {
    name: 'edits-wait-for-resyncs',
    what: 'no worker is kept for edits',
    file: 'src/controller/controller.ts',
    search: 'this.#options.concurrency + 1 }',
    replace: 'this.#options.concurrency }',
    quick: ['test/controller/controller.test.ts'],
  },
  {
    name: 'labels-not-looked-at-live',
    what: 'an object that is another operator’s by its labels is taken for ours just before a write',
    file: 'src/cli/cluster.ts',
    search: 'return live !== undefined && selects(selector, live.metadata.labels) ? live : undefined;',
    replace: 'return live;',
    quick: ['test/cli/cluster.test.ts'],
  },
];

/** What is told, to whom. */
const WORDS: readonly Mistake[] = [
  {
    name: 'status-written-each-pass',
    what: 'a status that says the same is written again',
    file: 'src/pass.ts',
    search: '    if (canonicalJson(status) === canonicalJson(this.#workteam.status)) return;\n',
    replace: '',
    quick: RECONCILE,
  },
  {
    name: 'transition-time-of-each-pass',
    what: 'the transition times move with every pass',
    file: 'src/workteam/conditions.ts',
    search: 'const moved = previous?.status !== draft.status;',
    replace: 'const moved = previous === undefined || draft.status !== undefined;',
    quick: STATUS,
  },
  {
    name: 'drift-not-reported',
    what: 'Observe reports no differences',
    file: 'src/workteam/plan-observation.ts',
    search: "return end({ kind: 'observed', team, drift });",
    replace: "return end({ kind: 'observed', team, drift: drift.slice(0, 0) });",
    quick: PLAN,
  },
  {
    name: 'tag-values-logged',
    what: 'values of tags are in the log',
    file: 'src/perform.ts',
    search: 'return { action: action.do, keys: Object.keys(action.tags) };',
    replace: 'return { action: action.do, keys: Object.keys(action.tags), tags: action.tags };',
    quick: RECONCILE,
  },
  {
    name: 'watch-error-swallowed',
    what: 'an error in the stream of a watch is taken for an event',
    file: 'src/kubernetes/watch-stream.ts',
    search: "    case 'ERROR':\n      throw fromStatus(what, event.object);",
    replace: "    case 'ERROR':\n      return event as WatchEvent<T>;",
    quick: ['test/kubernetes/watch-stream.test.ts'],
  },
  {
    name: 'gone-not-listed-again',
    what: 'after a 410 the same watch is asked for again, for ever',
    file: 'src/kubernetes/reflector.ts',
    search: 'if (!isTooManyRequests(error)) version = undefined;',
    replace: 'if (isTooManyRequests(error)) version = undefined;',
    quick: [],
    slow: REFLECTOR,
  },
  {
    name: 'gone-objects-stay',
    what: 'what a new list lacks stays in the cache',
    file: 'src/kubernetes/store.ts',
    search: '    for (const key of gone) this.#delete(key, initial);\n',
    replace: '',
    quick: ['test/kubernetes/store.test.ts'],
  },
];

export const MISTAKES: readonly Mistake[] = [
  ...OWNERSHIP,
  ...DELETIONS,
  ...IDENTITY,
  ...LEADING,
  ...WRITES,
  ...PATIENCE,
  ...WORDS,
];

/**
 * The source with the mistake in it.
 * @throws Error when the place is not there, or not only once: the source has moved on, and the list has to follow
 */
export function withMistake(source: string, { name, file, search, replace }: Mistake): string {
  const places = source.split(search).length - 1;
  if (places === 1) return source.replace(search, () => replace);
  throw new Error(`The mistake ${name} does not fit ${file} any more: its text occurs ${places} times, not once.`);
}
