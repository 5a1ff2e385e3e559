/**
 * Keeps two replicas from writing, to AWS and to Workteams, at the same time. Pure: the times are a monotonic clock's, in
 * milliseconds, and `lastRenewal` is when the request that last renewed our lease *began*
 * (`LeaderElection.lastRenewal`).
 *
 * Why it holds: another replica takes the lease 15 s after it saw our last renewal, at the earliest, and it cannot have
 * seen that renewal before its request began. So until 15 s after that moment nobody else leads, whatever the wall
 * clocks say, and a process that was paused or blocked for longer finds the window closed when it wakes.
 */

/** How long after the last renewal a write may begin: the renew deadline, at which leading ends anyway. */
const MAY_BEGIN_MS = 10_000;

/** When a write to AWS that began in time is aborted at the latest: 1 s before anyone else may lead. */
const ABORT_MS = 14_000;

/** Whether a write may begin now. Ask it last, just before the request goes to the socket. */
export function mayBeginWrite(now: number, lastRenewal: number | undefined): boolean {
  return lastRenewal !== undefined && now - lastRenewal < MAY_BEGIN_MS;
}

/** In how many milliseconds a write that begins now must be aborted; never negative. */
export function abortWriteInMs(now: number, lastRenewal: number): number {
  return Math.max(0, lastRenewal + ABORT_MS - now);
}
