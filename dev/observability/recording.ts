/** What /metrics showed over a run: each series with its value at each scrape, `null` where it was not there. */
export interface Recording {
  /** When it was recorded, and what happened in it, for whoever looks at the picture. */
  readonly began: string;
  readonly story: readonly { readonly atS: number; readonly what: string }[];
  /** Seconds since the beginning, one for each scrape. */
  readonly timesS: readonly number[];
  readonly series: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly values: readonly (number | null)[];
  }[];
}

/** One JSON object a line: what is known of the recording, then each series. */
export const RECORDING = 'dev/observability/recording.ndjson';
export const DASHBOARD = 'deploy/observability/dashboard.json';
export const PICTURE = 'docs/guides/dashboard.svg';

/** What Prometheus adds to every series of a pod that it scrapes. */
export const TARGET = {
  job: 'workteam-operator',
  instance: '10.0.0.7:8080',
  namespace: 'workteam-operator',
  pod: 'workteam-operator-0',
};

/** One panel of the dashboard, as far as the picture needs it. */
export interface Panel {
  readonly id: number;
  readonly type: 'row' | 'stat' | 'timeseries';
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

/** The panels of a dashboard. */
export function panelsOf(dashboard: string): Panel[] {
  return (JSON.parse(dashboard) as { panels: Panel[] }).panels;
}

/** Reads a recording. @throws SyntaxError */
export function recordingOf(text: string): Recording {
  const [head, ...series] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { ...head, series };
}
