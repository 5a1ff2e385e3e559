/** The thirty faults of the matrix and what must hold under each; docs/reliability.md is told in these words. */
export const ROWS = {
  1: {
    fault: 'SIGKILL before and after each outgoing call of the create, edit, adopt, tag and delete workloads',
    holds: 'the end and the writes of the run without a fault; it settles',
  },
  2: {
    fault: 'the AWS write commits and its response is lost (socket drop, 500, timeout)',
    holds: 'recognised as ours by the tag; one create',
  },
  3: {
    fault: 'the status write is refused (409, 500, timeout) n times after a create',
    holds: 'no second create; the status is rebuilt from AWS',
  },
  4: {
    fault: "a foreign team of that name: no tag, another cluster's tag, another object's tag",
    holds: 'never touched; NotOwned or NameConflict',
  },
  5: { fault: 'a crash after the finalizer, then a foreign team appears', holds: 'not adopted' },
  6: {
    fault: 'stale reads: a view frozen at "uid 1 deleting" after uid 2 was created',
    holds: "uid 2's team lives",
  },
  7: {
    fault: 'watch events dropped; delete and recreate in the gap; spec A→B→A',
    holds: 'level-triggered; the new UID is handled',
  },
  8: {
    fault:
      'the watch: 410 at connect and in the stream, 500, 429 with Retry-After, a clean close every second, silence on an open socket, half a JSON line, bookmarks only',
    holds: 'it lists again; never deaf',
  },
  9: { fault: 'the continue token expires in a paged list of 5,000', holds: 'a full list again; bounded memory' },
  10: {
    fault: 'the leader is paused past its lease, another takes over, the first wakes',
    holds: 'the first writes nothing more than the call already under way',
  },
  11: { fault: 'the event loop is blocked for 20 s', holds: 'the lease is lost; exit; no writes' },
  12: {
    fault: 'the API server is gone for 5 minutes while AWS is up',
    holds: 'nothing is written to AWS; no crash loop',
  },
  13: {
    fault: 'etcd restored or wiped, and the same manifests applied (new UIDs)',
    holds: 'owned again by the tag; no duplicates, no deletes',
  },
  14: {
    fault: 'the CRD deleted and created again, the same manifests applied; stored objects older than the schema',
    holds: 'no AWS delete; teams found again as ours; old objects reported, not crashed on, and deletable',
  },
  15: {
    fault: '409 on every finalizer and status write, k times; another writer on the object',
    holds: 'a fresh read, a retry, no finalizer lost',
  },
  16: {
    fault: 'throttling of everything for 10 minutes, then none',
    holds: 'the rate of calls is held; back to Ready; nobody starved',
  },
  17: {
    fault:
      'Describe says absent, or ListTags misses the owner tag, for t ≤ 10 s after a create; old values for t ≤ 10 s after an update; each also with a restart and with a deletion inside t',
    holds:
      'no second create, no adoption or NotOwned of our own team, no orphan; each distinct update at most once per process',
  },
  18: {
    fault: 'Success: false; a delete refused; not-found texts of every kind',
    holds: 'the finalizer is kept or released rightly',
  },
  19: { fault: 'the update succeeds, tagging fails', holds: 'converges' },
  20: {
    fault: 'an expired token, AccessDenied on one verb, STS down, a token file rotated',
    holds: 'the right reason, slow retries, heals by itself',
  },
  21: { fault: 'the wall clock jumps by an hour, either way', holds: 'timers and the lease are unaffected' },
  22: { fault: 'one region down', holds: 'the others unaffected' },
  23: { fault: 'the quota is reached', holds: 'QuotaExceeded, slow retries, heals when a team is freed' },
  24: {
    fault: 'inputs generated from the CRD: each field added, changed, removed, at and past each bound',
    holds: 'refused at admission or faithfully in AWS; never accepted and stuck for its shape',
  },
  25: { fault: 'good → bad → good', holds: 'equal to the first good' },
  26: {
    fault: 'drift of each field, each tag, the owner tag; the team deleted behind our back',
    holds: 'repaired or reported, as the policies say',
  },
  27: { fault: 'a new version writes, the old version runs, and back', holds: 'same end, same writes; it settles' },
  28: {
    fault: 'a long soak: 25 objects in each of 40 regions',
    holds: 'flat heap, sockets and files; no write while idle',
  },
  29: {
    fault: 'SIGTERM at each step',
    holds: 'done or safely abandoned in under 30 s; the lease is released',
  },
  30: { fault: 'random sequences of operations and faults on the pure step, shrunk', holds: 'it always settles' },
} as const satisfies Record<number, { fault: string; holds: string }>;

/** The number of a row of the matrix. */
export type RowNumber = keyof typeof ROWS;
