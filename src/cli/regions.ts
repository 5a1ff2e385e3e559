import type { Controller } from '../controller/controller.ts';

/**
 * A controller for each region in use, made when first needed. A region that hangs or throttles keeps its own workers busy
 * and nobody else's.
 */
export class RegionalControllers {
  readonly #create: (region: string) => Controller<string>;
  readonly #controllers = new Map<string, Controller<string>>();
  #started = false;

  constructor(create: (region: string) => Controller<string>) {
    this.#create = create;
  }

  /** The controller of a region. */
  of(region: string): Controller<string> {
    const known = this.#controllers.get(region);
    if (known !== undefined) return known;
    const controller = this.#create(region);
    this.#controllers.set(region, controller);
    if (this.#started) controller.start();
    return controller;
  }

  /** How many keys wait for a worker, by priority, in all regions together. */
  get depth(): Record<'high' | 'low', number> {
    const depths = [...this.#controllers.values()].map(({ depth }) => depth);
    const sum = (priority: 'high' | 'low'): number => depths.reduce((total, depth) => total + depth[priority], 0);
    return { high: sum('high'), low: sum('low') };
  }

  /** Starts all of them, and those that come later at once. */
  start(): void {
    this.#started = true;
    for (const controller of this.#controllers.values()) controller.start();
  }

  /** Stops all of them; resolves when all passes have ended. */
  async stop(): Promise<void> {
    await Promise.all([...this.#controllers.values()].map((controller) => controller.stop()));
  }
}
