import type { TestControlPlane } from './control-plane.ts';

/** What the operator told about a Workteam, as `kubectl describe` would show it, oldest first. */
export async function eventsAbout(cluster: TestControlPlane, namespace: string, name: string): Promise<Told[]> {
  const list = await cluster.run(['get', 'events.events.k8s.io', '--namespace', namespace, '-o', 'json']);
  const { items }: { items: Event[] } = JSON.parse(list);
  return items
    .filter(({ regarding }) => regarding.name === name)
    .toSorted((a, b) => (a.eventTime < b.eventTime ? -1 : 1))
    .map(({ type, reason, note }) => ({ type, reason, message: note }));
}

export interface Told {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

interface Event {
  readonly regarding: { readonly name: string };
  readonly eventTime: string;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}
