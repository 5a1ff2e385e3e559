/**
 * Records what the operator shows on /metrics while work teams are made, edited, spoiled and deleted and AWS throttles and
 * denies, for the picture of the dashboard. Takes five minutes.
 *
 *     npm run build && node dev/observability/record.ts && node dev/observability/draw.ts
 */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOperator } from '../demo/operator.ts';
import { openSite } from '../demo/site.ts';
import type { Fault } from '../sagemaker/faults.ts';
import { DASHBOARD, panelsOf, RECORDING, type Recording } from './recording.ts';

const SCRAPE_MS = 5_000;
const SCRAPES = 60;
const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2'];

const site = await openSite((progress) => console.error(JSON.stringify(progress)));
const { plane, emulator } = site;
const { control } = emulator;
const began = new Date();
const story: { atS: number; what: string }[] = [];
const timesS: number[] = [];
const series = new Map<string, { name: string; labels: Record<string, string>; values: (number | null)[] }>();

async function kubectl(args: readonly string[], input?: string): Promise<void> {
  const { stderr, code } = await plane.kubectl([...args], input === undefined ? {} : { input });
  if (code !== 0) throw new Error(stderr);
}

function regionOf(number: number): string {
  return REGIONS[number % REGIONS.length] ?? '';
}

function workteam(number: number, more: object = {}): object {
  const memberDefinitions = [{ oidcMemberDefinition: { groups: [`group-${number}`] } }];
  const spec = { region: regionOf(number), description: `Labels batch ${number}`, memberDefinitions, ...more };
  return {
    apiVersion: 'workteams.dev/v1alpha1',
    kind: 'Workteam',
    metadata: { name: `team-${number}`, namespace: 'default' },
    spec,
  };
}

const apply = (items: readonly object[]) =>
  kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

const patch = (number: number, spec: object) =>
  kubectl(['patch', 'workteam', `team-${number}`, '--type=merge', '-p', JSON.stringify({ spec })]);

/** Somebody in the console. */
function console_(number: number, operation: string, parameters: object): void {
  control.actAsConsole({ region: regionOf(number) }, operation, { WorkteamName: `team-${number}`, ...parameters });
}

let spoiled: number[] = [];
function spoil(region: string, fault: Fault, operation?: string): void {
  spoiled.push(control.addFault({ match: { region, ...(operation !== undefined && { operation }) }, fault }));
}

/** What happens before the scrape of that number. */
const ACTS: Readonly<Record<number, readonly [string, () => unknown]>> = {
  1: ['twelve Workteams', () => apply(Array.from({ length: 12 }, (_, number) => workteam(number)))],
  8: ['edits', () => Promise.all([0, 1, 2, 3].map((number) => patch(number, { description: 'Edited' })))],
  12: [
    'one team is only observed, and differs',
    () => {
      console_(12, 'CreateWorkteam', {
        Description: 'Made by hand',
        MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['others'] } }],
      });
      return apply([workteam(12, { managementPolicy: 'Observe' })]);
    },
  ],
  16: [
    'one belongs to somebody else',
    () => {
      console_(13, 'CreateWorkteam', {
        Description: 'Labels batch 13',
        MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['group-13'] } }],
        Tags: [{ Key: 'workteams.dev/owner', Value: 'another-cluster/vision/team-13' }],
      });
      return apply([workteam(13)]);
    },
  ],
  20: [
    'drift: descriptions',
    () => [4, 5, 6].map((number) => console_(number, 'UpdateWorkteam', { Description: 'Spoiled' })),
  ],
  24: [
    'drift: members',
    () =>
      [7, 8].map((number) =>
        console_(number, 'UpdateWorkteam', {
          MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['intruders'] } }],
        }),
      ),
  ],
  28: ['AWS throttles in eu-west-1', () => spoil('eu-west-1', { kind: 'throttle' })],
  31: ['edits meanwhile', () => Promise.all([0, 3, 6, 9].map((number) => patch(number, { description: 'Again' })))],
  36: ['AWS is itself again', () => calm()],
  40: ['updates are denied in us-east-1', () => spoil('us-east-1', { kind: 'accessDenied' }, 'UpdateWorkteam')],
  41: ['edits meanwhile', () => Promise.all([1, 4].map((number) => patch(number, { description: 'Denied' })))],
  48: ['they are allowed', () => calm()],
  52: ['two are deleted', () => kubectl(['delete', 'workteam', 'team-10', 'team-11', '--wait=false'])],
};

function calm(): void {
  for (const id of spoiled) control.removeFault(id);
  spoiled = [];
}

async function scrape(url: string, wanted: ReadonlySet<string>): Promise<void> {
  const text = await (await fetch(url)).text();
  const at = timesS.push(Math.round((Date.now() - began.getTime()) / 100) / 10) - 1;
  for (const line of text.split('\n')) {
    const [, key = '', name = '', inner = '', value = ''] = /^((\w+)(?:\{(.*)\})?) (\S+)$/.exec(line) ?? [];
    if (!wanted.has(name)) continue;
    const labels = Object.fromEntries([...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, k = '', v = '']) => [k, v]));
    const one = series.get(key) ?? { name, labels, values: [] };
    while (one.values.length < at) one.values.push(null);
    one.values.push(Number(value));
    series.set(key, one);
  }
}

try {
  await kubectl(['apply', '--server-side', '-k', resolve('deploy/kustomize')]);
  await kubectl(['wait', '--for=condition=Established', 'crd/workteams.workteams.dev', '--timeout=60s']);
  const { stdout } = await plane.kubectl(['get', 'workteams', '--all-namespaces']);
  console.error(stdout || 'nothing is there yet');
  const operator = await startOperator(resolve('dist/workteam-operator.js'), site);
  const queries = panelsOf(await readFile(DASHBOARD, 'utf8')).flatMap(({ targets = [] }) => targets);
  const wanted = new Set(
    queries.flatMap(({ expr }) => [...expr.matchAll(/\b[a-z_]+_[a-z_]+\b/g)].map(([word]) => word)),
  );
  while (
    !(await fetch(operator.readyz).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await sleep(200);
  for (let number = 0; number < SCRAPES; number += 1) {
    const [what, act] = ACTS[number] ?? [];
    if (what !== undefined) {
      story.push({ atS: Math.round((Date.now() - began.getTime()) / 1000), what });
      console.error(`${number} of ${SCRAPES}: ${what}`);
      await act?.();
    }
    await sleep(SCRAPE_MS);
    await scrape(operator.metrics, wanted);
  }
  await operator.stop();
} finally {
  await site.close();
}

const recording: Recording = {
  began: began.toISOString(),
  story,
  timesS,
  // Buckets that never counted anything say nothing.
  series: [...series.values()].filter(
    ({ name, values }) => !name.endsWith('_bucket') || values.some((value) => value !== 0),
  ),
};
const { series: recorded, ...head } = recording;
await writeFile(RECORDING, `${[head, ...recorded].map((line) => JSON.stringify(line)).join('\n')}\n`);
console.error(`${RECORDING}: ${recording.series.length} series, ${timesS.length} scrapes`);
