import { z } from 'zod';
import type { TeamSnapshot } from '../sagemaker/control.ts';
import type { FaultRule } from '../sagemaker/faults.ts';
import type { LedgerEntry } from '../sagemaker/ledger.ts';

const Added = z.object({ id: z.number() });

/** The control interface of an emulator that runs in another process. Every method throws an Error with its message. */
export class RemoteAws {
  readonly endpoint: string;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  /** Whether it answers. */
  async answers(): Promise<boolean> {
    return await fetch(`${this.endpoint}/_emulator`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** What happened after the entry with that sequence number. */
  async ledger(since: number): Promise<LedgerEntry[]> {
    return (await this.#ask('GET', `/ledger?since=${since}`)) as LedgerEntry[]; // what our own emulator answers
  }

  /** Lets go of the entries up to that sequence number. */
  async forget(upTo: number): Promise<void> {
    await this.#ask('DELETE', `/ledger?upTo=${upTo}`);
  }

  async teams(region: string): Promise<TeamSnapshot[]> {
    return (await this.#ask('GET', `/teams?region=${region}`)) as TeamSnapshot[]; // likewise
  }

  /** What somebody in the console would do. */
  async console(region: string, operation: string, parameters: object): Promise<void> {
    await this.#ask('POST', '/console', { region, operation, parameters });
  }

  /** @returns the function that takes the fault away */
  async spoil(rule: FaultRule): Promise<() => Promise<void>> {
    const { id } = Added.parse(await this.#ask('POST', '/faults', rule));
    return async () => void (await this.#ask('DELETE', `/faults?id=${id}`));
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.endpoint}/_emulator${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the emulator refuses ${method} ${path}: ${text}`);
    return JSON.parse(text);
  }
}
