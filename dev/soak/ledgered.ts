import type { RemoteAws } from './aws.ts';
import { Judge } from './judge.ts';

/** The emulator's ledger, read piece by piece by a judge and let go of, so that it stays small for as long as the soak lasts. */
export class Ledgered {
  readonly judge = new Judge();
  readonly #aws: RemoteAws;
  #heard = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(aws: RemoteAws) {
    this.#aws = aws;
  }

  /** How many entries there were so far. */
  get heard(): number {
    return this.#heard;
  }

  /** Reads everything that was entered before this call. */
  async catchUp(): Promise<void> {
    const reading = this.#reading.then(() => this.#read());
    this.#reading = reading.catch(() => {});
    await reading;
  }

  async #read(): Promise<void> {
    const entries = await this.#aws.ledger(this.#heard);
    for (const entry of entries) {
      this.judge.hear(entry);
      this.#heard = entry.sequence;
    }
    if (entries.length > 0) await this.#aws.forget(this.#heard);
  }
}
