/** The control interface over HTTP, for other processes: `/_emulator/<route>`, JSON in and out. */
import { z } from 'zod';
import { type Control, type LabelingJob, type Place, Setup, type TeamEdit } from './control.ts';
import { ServiceError } from './errors.ts';
import { FaultRule } from './faults.ts';
import { switchTable } from './switches.ts';
import { isObject } from './validate.ts';

const PREFIX = '/_emulator';

interface Route {
  readonly does: string;
  readonly run: (control: Control, query: URLSearchParams, body: unknown) => unknown;
}

const wholeNumber = z.coerce.number().int().min(0);
const place = { region: z.string(), account: z.string().optional() };
const ConsoleBody = z.strictObject({ ...place, operation: z.string(), parameters: z.unknown() });
const EditBody = z.strictObject({ ...place, workteamName: z.string(), changes: z.custom<TeamEdit>(isObject) });
const JobBody = z.strictObject({ ...place, workteamName: z.string(), job: z.custom<LabelingJob>(hasReferenceCode) });

const routes: Readonly<Record<string, Route>> = {
  'GET /ledger': {
    does: 'the calls so far; ?since=N leaves out the first N',
    run: (control, query) => control.ledger(wholeNumber.parse(query.get('since') ?? 0)),
  },
  'DELETE /ledger': {
    does: 'lets go of the first ?upTo=N calls, in a run so long that they would fill the memory',
    run: (control, query) => control.forgetLedger(wholeNumber.parse(query.get('upTo') ?? 0)),
  },
  'GET /teams': {
    does: 'the teams of ?region=… (&account=…) with their tags',
    run: (control, query) => control.teams(placeIn(query)),
  },
  'POST /setup': {
    does: '{region, account?, workforce?: {name?, kind?: Cognito|Oidc} | null, quota?}',
    run: (control, _query, body) => control.setup(Setup.parse(body)),
  },
  'GET /switches': {
    does: 'every open question: its choices, its default, where the switch stands',
    run: (control) => describeSwitches(control),
  },
  'POST /switches': {
    does: '{name: value, …}',
    run: (control, _query, body) => control.setSwitches(z.record(z.string(), z.unknown()).parse(body)),
  },
  'GET /faults': { does: 'the rules in force', run: (control) => control.faults() },
  'POST /faults': {
    does: '{match: {operation?, region?, account?, workteamName?, nth?, times?}, fault: {kind, …}}; answers {id}',
    run: (control, _query, body) => ({ id: control.addFault(FaultRule.parse(body)) }),
  },
  'DELETE /faults': {
    does: 'ends the rule ?id=N, or all of them',
    run: (control, query) => {
      const id = query.get('id');
      if (id === null) control.clearFaults();
      else if (!control.removeFault(Number(id))) throw new Error(`there is no fault rule ${id}`);
    },
  },
  'POST /console': {
    does: '{region, account?, operation, parameters}: an operation done by somebody in the console',
    run: (control, _query, body) => {
      const { operation, parameters, ...where } = ConsoleBody.parse(body);
      return control.actAsConsole(where, operation, parameters);
    },
  },
  'POST /team': {
    does: '{region, account?, workteamName, changes}: members of a team set by hand, unchecked',
    run: (control, _query, body) => {
      const { workteamName, changes, ...where } = EditBody.parse(body);
      control.editTeam(where, workteamName, changes);
    },
  },
  'POST /labeling-job': {
    does: '{region, account?, workteamName, job: {JobReferenceCode, LabelCounters?, …}}',
    run: (control, _query, body) => {
      const { workteamName, job, ...where } = JobBody.parse(body);
      control.putLabelingJob(where, workteamName, job);
    },
  },
};

export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

export const isControlPath = (path: string) => path === PREFIX || path.startsWith(`${PREFIX}/`);

/** Answers any request; what is wrong with it is said in `message`. */
export function answerControl(control: Control, method: string, url: URL, body: string): ControlAnswer {
  const route = routes[`${method} ${url.pathname.slice(PREFIX.length)}`];
  if (!route) {
    const known = Object.fromEntries(Object.entries(routes).map(([name, { does }]) => [name, does]));
    return { status: url.pathname === PREFIX ? 200 : 404, body: { below: PREFIX, routes: known } };
  }
  try {
    const parsed: unknown = body === '' ? {} : JSON.parse(body);
    return { status: 200, body: route.run(control, url.searchParams, parsed) ?? {} };
  } catch (error) {
    return { status: 400, body: problem(error) };
  }
}

function problem(error: unknown): { code?: string; message: string } {
  if (error instanceof z.ZodError) return { message: z.prettifyError(error) };
  if (error instanceof ServiceError) return { code: error.code, message: error.message };
  return { message: error instanceof Error ? error.message : String(error) };
}

function placeIn(query: URLSearchParams): Place {
  const region = query.get('region');
  if (!region) throw new Error('say which region: ?region=eu-west-1');
  return { region, account: query.get('account') ?? undefined };
}

function describeSwitches(control: Control) {
  const now: Readonly<Record<string, unknown>> = control.switches();
  return Object.fromEntries(Object.entries(switchTable).map(([name, entry]) => [name, { now: now[name], ...entry }]));
}

function hasReferenceCode(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'JobReferenceCode' in value;
}
