/** The Kubernetes side of a measurement: a control plane of its own, and a watch that says when something happened. */
import { readFile } from 'node:fs/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { type ControlPlane, start } from '../dev/control-plane/start.ts';
import { systemClock } from '../src/controller/clock.ts';
import { Reflector } from '../src/kubernetes/reflector.ts';
import { type Change, ObjectStore } from '../src/kubernetes/store.ts';
import { Transport } from '../src/kubernetes/transport.ts';
import { workteamsIn } from '../src/kubernetes/workteams.ts';
import { API_VERSION, KIND, PLURAL, type Workteam } from '../src/workteam/schema.ts';
import { installCrd } from '../test/support/crd.ts';
import { inPool } from '../test/support/pool.ts';

const NAMESPACE = 'bench';
const COLLECTION = `/apis/${API_VERSION}/namespaces/${NAMESPACE}/${PLURAL}`;

/** How many objects are created at a time: more than this, and the API server is what is measured. */
const CREATES_AT_A_TIME = 32;

/** A change of a Workteam as the API server announced it, and when: `performance.now()`. */
export type Seen = Change<Workteam> & { readonly at: number };

export interface Cluster extends AsyncDisposable {
  /** Of the administrator. */
  readonly kubeconfig: string;
  /** How often each Workteam was written to since it was created. */
  readonly writes: ReadonlyMap<string, number>;
  /** Told of each change. */
  onChange: (seen: Seen) => void;
  workteams(): Workteam[];
  /** Creates Workteams of these names, many at a time. */
  create(names: readonly string[], specOf: (name: string) => object): Promise<void>;
  /** Merges into the spec; resolves with the new generation. */
  edit(name: string, spec: object): Promise<number>;
  /** How many Kubernetes events there are about Workteams. */
  events(): Promise<number>;
}

export async function openCluster(): Promise<Cluster> {
  const plane = await start();
  try {
    return await clusterOn(plane);
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

async function clusterOn(plane: ControlPlane): Promise<Cluster> {
  await installCrd(plane);
  await kubectl(plane, ['create', 'namespace', NAMESPACE]);
  const transport = await transportTo(plane);
  const writes = new Map<string, number>();
  const store = new ObjectStore<Workteam>((change) => {
    const { name } = change.object.metadata;
    if (change.type === 'updated') writes.set(name, (writes.get(name) ?? 0) + 1);
    cluster.onChange({ ...change, at: performance.now() });
  });
  const reflector = new Reflector<Workteam>({
    transport,
    resource: workteamsIn(NAMESPACE),
    store,
    onError: () => {},
    clock: systemClock,
    random: Math.random,
  });
  const cluster: Cluster = {
    kubeconfig: plane.address.kubeconfig,
    writes,
    onChange: () => {},
    workteams: () => store.list(),
    create: (names, specOf) => createAll(transport, names, specOf),
    async edit(name, spec) {
      const body = { mergePatch: { spec } };
      const edited = await transport.request<Workteam>({ method: 'PATCH', path: `${COLLECTION}/${name}`, body });
      return edited.metadata.generation ?? 0;
    },
    async events() {
      const query = { fieldSelector: `involvedObject.kind=${KIND}` };
      const { items } = await transport.request<{ items: unknown[] }>({ path: '/api/v1/events', query });
      return items.length;
    },
    async [Symbol.asyncDispose]() {
      await reflector.stop();
      transport.close();
      await plane.stop();
    },
  };
  reflector.start();
  await reflector.synced;
  return cluster;
}

async function createAll(
  transport: Transport,
  names: readonly string[],
  specOf: (name: string) => object,
): Promise<void> {
  await inPool(names, CREATES_AT_A_TIME, (name) => {
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: { name }, spec: specOf(name) };
    return transport.request({ method: 'POST', path: COLLECTION, body: { json: object } });
  });
}

async function transportTo({ address }: ControlPlane): Promise<Transport> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(await readFile(address.kubeconfig, 'utf8'));
  return new Transport({ kubeConfig, version: 'bench', clock: systemClock });
}

async function kubectl(plane: ControlPlane, args: readonly string[]): Promise<void> {
  const { code, stderr } = await plane.kubectl(args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
}
