import { z } from 'zod';
import type { Access } from '../control-plane/access.ts';
import { WorkteamObject } from './facts.ts';

const Workteams = z.object({ items: z.array(WorkteamObject) });
const Lease = z.object({ spec: z.object({ holderIdentity: z.string().optional() }) });
const Identified = z.object({ metadata: z.object({ uid: z.string() }) });
const Version = z.object({ serverVersion: z.object({ gitVersion: z.string() }) });
const Review = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) });

/** What the API server says, asked as the administrator. Every method throws with kubectl's message. */
export class Cluster {
  readonly #kubectl: Access['kubectl'];

  constructor({ kubectl }: Pick<Access, 'kubectl'>) {
    this.#kubectl = kubectl;
  }

  /** For example `v1.36.3`. */
  async version(): Promise<string> {
    return Version.parse(await this.#ask(['version'])).serverVersion.gitVersion;
  }

  /** What it says of itself at /readyz: `ok`. */
  async readyz(): Promise<string> {
    const { stdout, stderr } = await this.#kubectl(['get', '--raw', '/readyz']);
    return stdout + stderr;
  }

  /** The UID of the namespace kube-system, by which owner tags name this cluster. */
  async id(): Promise<string> {
    return Identified.parse(await this.#ask(['get', 'namespace', 'kube-system'])).metadata.uid;
  }

  /** All Workteams, by name. */
  async workteams(): Promise<WorkteamObject[]> {
    return Workteams.parse(await this.#ask(['get', 'workteams', '--all-namespaces'])).items;
  }

  /** Who holds the operator's Lease; empty when nobody does. */
  async leaseHolder(): Promise<string> {
    const args = ['get', 'lease', 'workteam-operator', '--namespace', 'workteam-operator', '--ignore-not-found'];
    const lease = await this.#ask(args);
    return lease === undefined ? '' : (Lease.parse(lease).spec.holderIdentity ?? '');
  }

  /** As whom the API server knows the holder of that kubeconfig. */
  async userOf(kubeconfig: string): Promise<string> {
    return Review.parse(await this.#ask(['auth', 'whoami'], kubeconfig)).status.userInfo.username;
  }

  /**
   * Makes the API server compose the document (OpenAPI v2) that "kubectl apply" reads before an edit. The first time takes
   * seconds; done early, the times that are shown later are the operator's.
   */
  async composeOpenApi(): Promise<void> {
    await this.#kubectl(['explain', 'workteams', '--output', 'plaintext-openapiv2']);
  }

  async #ask(args: readonly string[], kubeconfig?: string): Promise<unknown> {
    const options = kubeconfig === undefined ? {} : { kubeconfig };
    const { code, stdout, stderr } = await this.#kubectl([...args, '--output', 'json'], options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
    return stdout === '' ? undefined : JSON.parse(stdout);
  }
}
