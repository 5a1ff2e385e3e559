import { readFile } from 'node:fs/promises';
import { afterAll } from 'vitest';
import { parse } from 'yaml';
import { systemClock } from '../../src/controller/clock.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { watchEvents } from '../../src/kubernetes/watch-stream.ts';
import { controlPlane } from '../support/control-plane.ts';
import { inTime } from '../support/eventually.ts';
import { APPLICATIONS } from './argocd.ts';

/** An Application, as far as the tests look at it. */
export interface Application {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: {
    readonly sync?: { readonly status: string; readonly revision?: string };
    readonly health?: { readonly status: string };
    readonly conditions?: readonly { readonly type: string }[];
    readonly operationState?: {
      readonly phase: string;
      readonly message?: string;
      readonly syncResult?: {
        readonly revision: string;
        readonly resources?: readonly { readonly kind: string; readonly name: string; readonly message?: string }[];
      };
    };
  };
}

/** How an Application of a test differs from deploy/examples/argocd/application.yaml. */
export interface Changes {
  readonly name: string;
  readonly repoURL: string;
  readonly path: string;
  readonly namespace: string;
  readonly syncOptions?: readonly string[];
  /** Merged into its `retry`; left out, a sync that fails is not tried again. */
  readonly retry?: {
    readonly limit?: number;
    readonly backoff?: { readonly duration: string; readonly factor: number };
  };
}

/** The Applications of a test file, watched from their creation on. */
export interface Applications {
  create(changes: Changes): Promise<void>;
  /** As last seen. @throws Error when there is none */
  get(name: string): Application;
  /** Everything that was seen of it, oldest first. */
  history(name: string): readonly Application[];
  /** Waits until it is so. @throws Error with what was seen last */
  until(name: string, what: string, condition: (application: Application) => boolean): Promise<Application>;
  /** Asks Argo CD to look at Git now, as a webhook of Git would, and waits until that commit is what it works with. */
  refresh(name: string, revision: string): Promise<void>;
}

const PATIENCE_MS = 60_000;

/** To be called at the top of a test file. */
export function useApplications(): Applications {
  const { address } = controlPlane();
  const kubeConfig = loadKubeConfig({ path: address.kubeconfig, env: {} });
  const transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  const stop = new AbortController();
  const watches: Promise<void>[] = [];
  const seen = new Map<string, Application[]>();
  const listeners = new Set<() => void>();

  const see = (application: Application): void => {
    const { name } = application.metadata;
    seen.set(name, [...(seen.get(name) ?? []), application]);
    for (const listener of listeners) listener();
  };
  const follow = async (name: string): Promise<void> => {
    const query = { watch: true, fieldSelector: `metadata.name=${name}`, timeoutSeconds: 3_000 };
    const timeouts = { silenceMs: 3_000_000 };
    try {
      const pieces = await transport.stream({ path: APPLICATIONS, query, signal: stop.signal, timeouts });
      for await (const event of watchEvents<Application>('the watch of the tests', pieces)) {
        if (event.type === 'ADDED' || event.type === 'MODIFIED') see(event.object);
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  };
  const history = (name: string): readonly Application[] => seen.get(name) ?? [];
  const until: Applications['until'] = async (name, what, condition) => {
    const { promise, resolve } = Promise.withResolvers<Application>();
    const look = () => {
      const last = history(name).at(-1);
      if (last !== undefined && condition(last)) resolve(last);
    };
    listeners.add(look);
    look();
    try {
      return await inTime(promise, { what, within: PATIENCE_MS });
    } catch (error) {
      const last = JSON.stringify(history(name).at(-1)?.status ?? 'never seen', undefined, 2);
      throw new Error(`Application ${name}: ${error instanceof Error ? error.message : error}; it is ${last}`);
    } finally {
      listeners.delete(look);
    }
  };
  afterAll(async () => {
    stop.abort();
    await Promise.all(watches);
    transport.close();
  });

  return {
    async create(changes) {
      watches.push(follow(changes.name));
      await transport.request({ method: 'POST', path: APPLICATIONS, body: { json: await example(changes) } });
    },
    get(name) {
      const last = history(name).at(-1);
      if (last === undefined) throw new Error(`there is no Application ${name}`);
      return last;
    },
    history,
    until,
    async refresh(name, revision) {
      const body = { mergePatch: { metadata: { annotations: { [REFRESH]: 'normal' } } } };
      const asked: Application = await transport.request({ method: 'PATCH', path: `${APPLICATIONS}/${name}`, body });
      const done = (application: Application) =>
        versionOf(application) > versionOf(asked) &&
        application.metadata.annotations?.[REFRESH] === undefined &&
        application.status?.sync?.revision === revision;
      await until(name, `a refresh to ${revision}`, done);
    },
  };
}

const REFRESH = 'argocd.argoproj.io/refresh';

/** Resource versions of one kind can be compared as numbers. */
function versionOf({ metadata }: Application): bigint {
  return BigInt(metadata.resourceVersion);
}

/** The Application that the guide shows, as it is but for the changes. */
async function example({
  name,
  repoURL,
  path,
  namespace,
  syncOptions = [],
  retry = { limit: 0 },
}: Changes): Promise<object> {
  const { metadata, spec, ...rest } = parse(await readFile('deploy/examples/argocd/application.yaml', 'utf8'));
  return {
    ...rest,
    metadata: { ...metadata, name },
    spec: {
      ...spec,
      source: { ...spec.source, repoURL, path },
      destination: { ...spec.destination, namespace },
      syncPolicy: {
        ...spec.syncPolicy,
        syncOptions: [...spec.syncPolicy.syncOptions, ...syncOptions],
        retry: { ...spec.syncPolicy.retry, ...retry },
      },
    },
  };
}

/** Whether a sync of that commit has succeeded, and everything is well. */
export function isWell(revision: string): (application: Application) => boolean {
  return ({ status }) => {
    const { phase, syncResult } = status?.operationState ?? {};
    const isDone = phase === 'Succeeded' && syncResult?.revision === revision;
    return isDone && status?.sync?.status === 'Synced' && status.health?.status === 'Healthy';
  };
}
