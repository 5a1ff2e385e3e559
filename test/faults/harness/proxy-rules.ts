import type { ApiProxy, Fault, Seen } from '../../support/api-proxy.ts';

/** What happens to the nth request that is meant, and to `times` from there on, before it is passed on or after it was answered. */
export interface ProxyRule {
  readonly meant: (seen: Seen) => boolean;
  readonly when: 'before' | 'after';
  readonly nth: number;
  readonly times: number;
  /** `undefined`: it goes on. */
  readonly fate: () => Fault | undefined | Promise<Fault | undefined>;
}

/** Rules for one proxy, any number of them at once. Each counts for itself; the first that gives a fault decides. */
export class ProxyRules {
  readonly #rules = new Set<ProxyRule & { count: number }>();

  constructor(proxy: ApiProxy) {
    proxy.fault = (seen) => this.#reach('before', seen);
    proxy.delivers = async (seen) => (await this.#reach('after', seen)) ?? true;
  }

  add(rule: ProxyRule): void {
    this.#rules.add({ ...rule, count: 0 });
  }

  async #reach(when: ProxyRule['when'], seen: Seen): Promise<Fault | undefined> {
    for (const rule of this.#rules) {
      if (rule.when !== when || !rule.meant(seen)) continue;
      rule.count += 1;
      if (rule.count < rule.nth) continue;
      if (rule.count === rule.nth + rule.times - 1) this.#rules.delete(rule);
      const fate = await rule.fate();
      if (fate !== undefined) return fate;
    }
    return undefined;
  }
}
