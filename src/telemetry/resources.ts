import type { Gauge } from 'prom-client';
import { CONDITION_REASONS } from '../workteam/conditions.ts';
import type { Workteam } from '../workteam/schema.ts';

/** A map, because the types of conditions come from whoever may write a status: `constructor` is one like any other. */
const REASONS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(CONDITION_REASONS));

/** Sets the gauge to how many Workteams have each condition for each reason; reasons that nobody has are 0. */
export function countResources(gauge: Gauge<string>, workteams: readonly Workteam[]): void {
  for (const [condition, reasons] of REASONS) {
    for (const reason of reasons) gauge.set({ condition, reason }, 0);
  }
  for (const { status } of workteams) {
    for (const { type, reason } of status?.conditions ?? []) {
      if (REASONS.get(type)?.includes(reason)) gauge.inc({ condition: type, reason });
    }
  }
}
