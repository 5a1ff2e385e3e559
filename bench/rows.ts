/** The rows of the tables: what each figure is called, its unit, and what to compare it with. */
import type { Figures } from './measure.ts';

export type Unit = 'ms' | 'MB' | 'kB' | 'count';

export interface Row {
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
}

export const ROWS: readonly Row[] = [
  { key: 'firstCallMs', title: 'exec → first AWS call, one object waiting', unit: 'ms' },
  { key: 'allReadyMs', title: 'first apply → all Ready', unit: 'ms' },
  { key: 'newCalls', title: 'AWS calls for a new object', unit: 'count' },
  { key: 'newWrites', title: 'Kubernetes writes for a new object', unit: 'count' },
  { key: 'newEvents', title: 'events for a new object', unit: 'count' },
  { key: 'newCpuMs', title: 'CPU for a new object', unit: 'ms' },
  { key: 'editCalls', title: 'AWS calls for an edit', unit: 'count' },
  { key: 'editWrites', title: 'Kubernetes writes for an edit', unit: 'count' },
  { key: 'editAnswerP50Ms', title: 'edit → answered by the API server, p50', unit: 'ms' },
  { key: 'editUpdateP50Ms', title: 'edit → UpdateWorkteam sent, p50', unit: 'ms' },
  { key: 'editUpdateP95Ms', title: 'edit → UpdateWorkteam sent, p95', unit: 'ms' },
  { key: 'editStatusP50Ms', title: 'edit → status says so, p50', unit: 'ms' },
  { key: 'editStatusP95Ms', title: 'edit → status says so, p95', unit: 'ms' },
  { key: 'stormUpdateP50Ms', title: 'edit during a storm → UpdateWorkteam sent, p50', unit: 'ms' },
  { key: 'stormUpdateP95Ms', title: 'edit during a storm → UpdateWorkteam sent, p95', unit: 'ms' },
  { key: 'stormStatusP50Ms', title: 'edit during a storm → status says so, p50', unit: 'ms' },
  { key: 'stormStatusP95Ms', title: 'edit during a storm → status says so, p95', unit: 'ms' },
  { key: 'stormEdits', title: 'edits that fitted into the storm', unit: 'count' },
  {
    key: 'pacedUpdateP50Ms',
    title: 'edit during a storm at the low pace, of which edits take half → UpdateWorkteam sent, p50',
    unit: 'ms',
  },
  {
    key: 'pacedUpdateP95Ms',
    title: 'edit during a storm at the low pace, of which edits take half → UpdateWorkteam sent, p95',
    unit: 'ms',
  },
  {
    key: 'pacedStatusP50Ms',
    title: 'edit during a storm at the low pace, of which edits take half → status says so, p50',
    unit: 'ms',
  },
  {
    key: 'pacedStatusP95Ms',
    title: 'edit during a storm at the low pace, of which edits take half → status says so, p95',
    unit: 'ms',
  },
  { key: 'pacedEdits', title: 'edits that were measured in the storm at the low pace', unit: 'count' },
  { key: 'restartCalls', title: 'restart with all in sync: AWS calls', unit: 'count' },
  { key: 'restartTagCalls', title: 'restart with all in sync: those of them that read tags', unit: 'count' },
  { key: 'restartQuietMs', title: 'restart with all in sync: until quiet', unit: 'ms' },
  { key: 'idleCallsAnHour', title: 'AWS calls an hour while idle', unit: 'count' },
  { key: 'idleTagCallsAnHour', title: 'AWS calls an hour while idle: those of them that read tags', unit: 'count' },
  { key: 'rssIdle', title: 'RSS idle', unit: 'MB' },
];

/** A value as a person wants to read it; a megabyte has 1,000,000 bytes. */
export function told(unit: Unit, value: number): string {
  switch (unit) {
    case 'ms':
      return value >= 1000
        ? `${(value / 1000).toFixed(1)} s`
        : `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
    case 'MB':
      return `${(value / 1e6).toFixed(0)} MB`;
    case 'kB':
      return `${(value / 1e3).toFixed(1)} kB`;
    case 'count':
      return Number.isInteger(value) ? String(value) : value.toFixed(2);
    default:
      return unit satisfies never;
  }
}

/** A figure in its unit; `–` where it was not measured. */
export function shown({ key, unit }: Row, figures: Figures): string {
  const value = figures[key];
  return value === undefined ? '–' : told(unit, value);
}
