import { systemClock } from '../../src/controller/clock.ts';
import { isNotFound } from '../../src/kubernetes/errors.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { API_VERSION, KIND, PLURAL, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';

/** As many as AWS lets an account have in a region. */
export const TEAMS_A_REGION = 25;

/** A place for a Workteam: its name and region stay, its object comes and goes. */
export interface Slot {
  readonly name: string;
  readonly region: string;
  /** `region/name`, as the judge calls it. */
  readonly key: string;
  spec: WorkteamSpec;
  /** Something that takes its time is happening to it. */
  busy: boolean;
  /** When the soak last did something to it, in monotonic milliseconds. */
  touchedAt: number;
}

/** So many slots, `TEAMS_A_REGION` to a region. */
export function slots(count: number): Slot[] {
  return Array.from({ length: count }, (_, index) => {
    const region = `eu-soak-${Math.floor(index / TEAMS_A_REGION) + 1}`;
    const name = `team-${index + 1}`;
    const spec: WorkteamSpec = {
      region,
      description: `Labels street scenes, team ${index + 1}`,
      memberDefinitions: [{ oidcMemberDefinition: { groups: ['labelers', 'reviewers'] } }],
      tags: { number: String(index + 1), 'cost-center': 'vision' },
    };
    return { name, region, key: `${region}/${name}`, spec, busy: false, touchedAt: -Infinity };
  });
}

/** The Workteams of one namespace, as the administrator writes them. Every method throws KubernetesError. */
export class Objects {
  readonly #transport: Transport;
  readonly #collection: string;

  constructor(kubeconfig: string, namespace: string) {
    const kubeConfig = loadKubeConfig({ path: kubeconfig, env: {} });
    this.#transport = new Transport({ kubeConfig, version: 'soak', clock: systemClock });
    this.#collection = `/apis/${API_VERSION}/namespaces/${namespace}/${PLURAL}`;
  }

  async create({ name, spec }: Slot): Promise<void> {
    const json = { apiVersion: API_VERSION, kind: KIND, metadata: { name }, spec };
    await this.#transport.request({ method: 'POST', path: this.#collection, body: { json } });
  }

  /** Merges what is given into the spec. */
  async edit({ name }: Slot, spec: Partial<WorkteamSpec>): Promise<void> {
    const body = { mergePatch: { spec } };
    await this.#transport.request({ method: 'PATCH', path: `${this.#collection}/${name}`, body });
  }

  async delete({ name }: Slot): Promise<void> {
    await this.#transport.request({ method: 'DELETE', path: `${this.#collection}/${name}` });
  }

  async exists({ name }: Slot): Promise<boolean> {
    try {
      await this.#transport.request({ path: `${this.#collection}/${name}` });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async list(): Promise<Workteam[]> {
    const { items } = await this.#transport.request<{ items: Workteam[] }>({ path: this.#collection });
    return items;
  }

  close(): void {
    this.#transport.close();
  }
}

/** Whether Ready is True for the present generation. */
export function isReady({ metadata: { generation }, status }: Workteam): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === generation;
}
