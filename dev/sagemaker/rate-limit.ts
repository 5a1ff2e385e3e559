/** A token bucket: full at first, refilled evenly, by whatever clock the times come from. */
export class RateLimit {
  #tokens = Infinity;
  #refilledAt = 0;

  /**
   * Takes one token if there is one.
   * @param perSecond 0 means no limit
   * @param now ms
   */
  take(perSecond: number, burst: number, now: number): boolean {
    if (perSecond === 0) return true;
    const refill = (Math.max(0, now - this.#refilledAt) / 1000) * perSecond;
    this.#tokens = Math.min(Math.max(1, burst), this.#tokens + refill);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
