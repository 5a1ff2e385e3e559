import type { RowNumber } from './rows.ts';

/** What no point plays, and why, by row: reviewed words for docs/reliability.md, kept beside the rows that they are about. */
export const NOT_COVERED: { readonly [R in RowNumber]?: string } = {
  1: 'A second kill, of the successor while it finishes the work, is played in memory only.',
  6: 'A stale read of the single object: the API server answers it from etcd by a quorum, so that lists and watches are what can stand still.',
  8: 'Where the reflector is played by itself, its limit on silence is 2 s; it is the real one, 150 s, where the whole operator is played.',
  10: 'Processes are paused by SIGSTOP. A machine that is frozen as a whole, its monotonic clock included, is not.',
  11: 'The loop is blocked by code that is loaded before the program, not by a garbage collection that takes as long.',
  13: 'A restored etcd is one whose Workteams are those of before: the revision of the store itself does not go back. A cluster that is built anew is a second control plane with the same id.',
  14: 'Stored objects that no schema of today takes are played as poisonous objects, in row 22. Of some (no spec at all, a thousand groups) the API server refuses the status too: those are told in the log only.',
  16: 'The rates of AWS are not public: the emulator throttles everything or nothing.',
  17: 'The fine grid of delays is played in memory; against processes, some of them.',
  20: 'IAM itself: the emulator takes a caller or refuses it, and evaluates no policy.',
  21: 'The clock that jumps is that of a process; the API server and AWS keep theirs.',
  27: 'One pair of versions: there is no release yet.',
  28: 'Days. A growth that is smaller than what counts as flat over the time that was judged would not be seen. Within the long run the leader never changes.',
};

/** What no row can play here. */
export const NOT_COVERED_AT_ALL: readonly string[] = [
  'AWS itself. The emulator answers each question that no public text settles both ways, but nobody has asked the service.',
  'More than one machine: processes are killed, paused and cut off from the API server, but no node, no disk and no network between nodes fails.',
  'Other versions of Kubernetes than the one that the tests start.',
];
