/** One call that reached the emulator, or one edit made behind the callers' backs. Never changed afterwards. */
export interface LedgerEntry {
  /** 1, 2, 3 …: the order in which the calls took effect. */
  readonly sequence: number;
  /** ISO 8601, by the emulator's clock. */
  readonly time: string;
  readonly account: string;
  readonly region: string;
  /** As in the SDK: `CreateWorkteam`, `GetCallerIdentity`; empty when the request named none. */
  readonly operation: string;
  /** The work team that the call is about, by its name or ARN. */
  readonly workteamName: string | undefined;
  /** What came with the request, as sent. */
  readonly parameters: unknown;
  /** `ok`, the error's code, or `none` when a fault kept the service from acting and from answering properly. */
  readonly outcome: string;
  /** The operation is one that changes things. */
  readonly write: boolean;
  /** It did change something (an update to what was already there does not). */
  readonly effective: boolean;
  readonly requestId: string;
  /** Made through the control interface, as by a person in the console: no caller's doing. */
  readonly outOfBand: boolean;
  /** The fault that was injected into this call: its caller may know another outcome, or none. */
  readonly fault: string | undefined;
}

type Listener = (entry: LedgerEntry) => void;

/** Append-only, but for what is forgotten from its beginning. */
export class Ledger {
  #entries: LedgerEntry[] = [];
  #forgotten = 0;
  readonly #listeners = new Set<Listener>();

  append(entry: Omit<LedgerEntry, 'sequence'>): void {
    const numbered = Object.freeze({ sequence: this.#forgotten + this.#entries.length + 1, ...entry });
    this.#entries.push(numbered);
    for (const listener of this.#listeners) listener(numbered);
  }

  /** The entries after that sequence number; never those that were forgotten. */
  since(sequence: number): readonly LedgerEntry[] {
    return this.#entries.slice(Math.max(0, sequence - this.#forgotten));
  }

  /** Lets go of the entries up to that sequence number, for runs so long that they would fill the memory. */
  forget(upTo: number): void {
    const kept = this.since(upTo);
    this.#forgotten += this.#entries.length - kept.length;
    this.#entries = [...kept];
  }

  /** Calls the listener with every further entry until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
