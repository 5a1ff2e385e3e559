import { createHash } from 'node:crypto';
import type { Announcement } from '../workteam/announce.ts';
import { API_VERSION, KIND, type Workteam } from '../workteam/schema.ts';
import type { Clock } from './clock.ts';
import { isNotFound } from './errors.ts';
import { microTime } from './lease.ts';
import type { Transport } from './transport.ts';

/** Who reports, in events' own words: a qualified name. */
const CONTROLLER = 'workteams.dev/workteam-operator';

/** The API server refuses longer notes, in bytes. */
const LONGEST_NOTE = 1_024;

/** The same event within this time of the last counts up instead of being a new one; what the ecosystem's recorders do. */
const SERIES_WITHIN_MS = 6 * 60_000;

/** Of so many different events is it remembered that they were sent; older ones would merely not count up. */
const REMEMBERED = 1_000;

/** No more than this are under way at once; what comes on top is dropped, because events are best effort. */
const UNDER_WAY = 50;

export interface EventsOptions {
  readonly transport: Transport;
  /** Of this process: `<host>_<uuid>`, at most 128 characters. */
  readonly instance: string;
  readonly clock: Clock;
  /** Told of each event that could not be recorded. Must not throw. */
  readonly onError: (error: unknown, announcement: Announcement) => void;
}

/** An event that was sent, and how often. */
interface Sent {
  readonly name: string;
  readonly at: number;
  readonly count: number;
}

/**
 * Records events (events.k8s.io/v1) about Workteams: best effort and never waited for. An event that cannot be written, as
 * in a namespace that is being deleted, fails nothing. The same event again soon afterwards makes a series of the first.
 */
export class Events {
  readonly #options: EventsOptions;
  readonly #sent = new Map<string, Sent>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /** Records one announcement about an object. Returns at once; never throws. */
  record(workteam: Workteam, announcement: Announcement): void {
    if (this.#underWay.size >= UNDER_WAY || this.#stop.signal.aborted) {
      this.#options.onError(new Error('too many events at once'), announcement);
      return;
    }
    const write = this.#write(workteam, announcement)
      .catch((error: unknown) => this.#options.onError(error, announcement))
      .finally(() => this.#underWay.delete(write));
    this.#underWay.add(write);
  }

  /** Resolves when everything recorded has been written, or after `graceMs`; what is still under way then is dropped. */
  async close(graceMs: number): Promise<void> {
    const cancel = this.#options.clock.setTimeout(() => this.#stop.abort(), graceMs);
    await Promise.all(this.#underWay);
    cancel();
    this.#stop.abort();
  }

  async #write(workteam: Workteam, announcement: Announcement): Promise<void> {
    const { clock } = this.#options;
    const key = createHash('sha256')
      .update(JSON.stringify([workteam.metadata.uid, announcement]))
      .digest('hex')
      .slice(0, 16);
    const last = this.#sent.get(key);
    const again = last !== undefined && clock.now() - last.at < SERIES_WITHIN_MS;
    const name = again
      ? last.name
      : `${workteam.metadata.name}.${key}${Math.floor(clock.wall().getTime()).toString(16)}`;
    this.#remember(key, { name, at: clock.now(), count: again ? last.count + 1 : 1 });
    if (again && (await this.#countUp(workteam, last))) return;
    await this.#create(workteam, announcement, name);
  }

  /** Makes a series of an event, or counts it up; `false` when the event is gone, as old events go. */
  async #countUp(workteam: Workteam, { name, count }: Sent): Promise<boolean> {
    const { transport, clock } = this.#options;
    const series = { count: count + 1, lastObservedTime: microTime(clock.wall()) };
    const path = `${pathOf(workteam)}/${name}`;
    try {
      await transport.request({ method: 'PATCH', path, body: { mergePatch: { series } }, signal: this.#stop.signal });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async #create(workteam: Workteam, announcement: Announcement, name: string): Promise<void> {
    const { transport, clock, instance } = this.#options;
    const { namespace, uid, resourceVersion } = workteam.metadata;
    const json = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace },
      eventTime: microTime(clock.wall()),
      reportingController: CONTROLLER,
      reportingInstance: instance.slice(0, 128),
      type: announcement.type,
      reason: announcement.reason,
      action: announcement.action,
      note: cutBytes(announcement.message, LONGEST_NOTE),
      regarding: { apiVersion: API_VERSION, kind: KIND, namespace, name: workteam.metadata.name, uid, resourceVersion },
    };
    await transport.request({ method: 'POST', path: pathOf(workteam), body: { json }, signal: this.#stop.signal });
  }

  #remember(key: string, sent: Sent): void {
    this.#sent.delete(key);
    this.#sent.set(key, sent);
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= REMEMBERED) break;
      this.#sent.delete(oldest);
    }
  }
}

function pathOf({ metadata }: Workteam): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(metadata.namespace)}/events`;
}

/** Cuts a text to so many bytes of UTF-8, between characters, with an ellipsis where it cut. */
function cutBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let bytes = Buffer.byteLength('…');
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    kept += character;
  }
  return `${kept}…`;
}
