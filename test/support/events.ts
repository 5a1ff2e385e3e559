import { controlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';

/** An event (events.k8s.io/v1), as far as a user looks at it. */
export interface SeenEvent {
  readonly name: string;
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  /** How often it happened: once, or as its series says. */
  readonly count: number;
}

interface RawEvent {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly eventTime: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number };
}

/** The events about a Workteam so far, oldest first. */
export async function eventsOf(namespace: string, workteam: string): Promise<SeenEvent[]> {
  const json = await controlPlane().run(['get', 'events.events.k8s.io', '--namespace', namespace, '-o', 'json']);
  const { items } = JSON.parse(json) as { items: readonly RawEvent[] };
  return items
    .filter(({ regarding }) => regarding.name === workteam)
    .toSorted((a, b) => (a.eventTime < b.eventTime ? -1 : 1))
    .map(({ metadata, type, reason, action, note, series }) => {
      return { name: metadata.name, type, reason, action, note, count: series?.count ?? 1 };
    });
}

/** Waits for an event about a Workteam: they are written beside the work, and nobody waits for them. */
export function untilEvent(
  namespace: string,
  workteam: string,
  reason: string,
  found: (event: SeenEvent) => boolean = () => true,
): Promise<SeenEvent> {
  const look = async () => {
    const events = await eventsOf(namespace, workteam);
    return events.find((event) => event.reason === reason && found(event));
  };
  return eventually(look, { what: `an event ${reason} about ${workteam}` });
}
