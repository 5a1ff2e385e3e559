/** What this folder needs of a clock; milliseconds throughout. The operator passes the one of src/controller. */
export interface Clock {
  /** Time since an arbitrary moment. Never goes back; a change of the wall clock does not touch it. */
  now(): number;
  /** The wall clock: for what other programs read, never for measuring. */
  wall(): Date;
  /** Calls back once; returns a cancel function, harmless when called late or twice. */
  setTimeout(callback: () => void, ms: number): () => void;
  /** Resolves after `ms`; rejects as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
