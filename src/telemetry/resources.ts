import type { Gauge } from 'prom-client';
import { CONDITION_REASONS } from '../workteam/conditions.ts';
import type { Workteam } from '../workteam/schema.ts';

const REASONS: Readonly<Record<string, readonly string[]>> = CONDITION_REASONS;

/** Sets the gauge to how many Workteams have each condition for each reason; reasons that nobody has are 0. */
export function countResources(gauge: Gauge<string>, workteams: readonly Workteam[]): void {
  for (const [condition, reasons] of Object.entries(REASONS)) {
    for (const reason of reasons) gauge.set({ condition, reason }, 0);
  }
  for (const { status } of workteams) {
    for (const { type, reason } of status?.conditions ?? []) {
      if (REASONS[type]?.includes(reason)) gauge.inc({ condition: type, reason });
    }
  }
}
