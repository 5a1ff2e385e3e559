/**
 * Loaded into the operator's process (`node --import`): stalls its event loop at one moment, by orders that it finds in the file
 * named by STALL_ORDERS. Nothing runs meanwhile, no timer and no signal; and what was about to happen happens next, before any
 * timer gets its turn, which is what a pause from outside (SIGSTOP) cannot show.
 */
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { kubernetesCall, type Moment } from '../calls.ts';

/** At which call, counted since the orders were given, and for how long. */
export interface StallOrders {
  /** Before: when the call was handed to its socket. After: when its answer came. */
  readonly moment: Moment;
  readonly ms: number;
}

const file = process.env.STALL_ORDERS ?? '';
let seen = 0;
let done = false;

subscribe('http.client.request.start', (message) => reached('before', message));
subscribe('http.client.response.finish', (message) => reached('after', message));

function reached(when: Moment['when'], message: unknown): void {
  if (done || !existsSync(file)) return;
  const { moment, ms }: StallOrders = JSON.parse(readFileSync(file, 'utf8'));
  const { request } = message as { readonly request: ClientRequest };
  if (moment.when !== when || callOf(request) !== moment.call) return;
  seen += 1;
  if (seen < moment.nth) return;
  done = true;
  say('stalled');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  say('stalled no more');
}

function callOf(request: ClientRequest): string {
  const target = request.getHeader('x-amz-target');
  if (typeof target === 'string') return target.replace('SageMaker.', '');
  const { pathname, searchParams } = new URL(request.path, 'http://server');
  return kubernetesCall({ method: request.method, path: pathname, query: searchParams });
}

/** As a line of the operator's log. */
function say(msg: string): void {
  process.stdout.write(`${JSON.stringify({ level: 'info', time: new Date().toISOString(), msg })}\n`);
}
