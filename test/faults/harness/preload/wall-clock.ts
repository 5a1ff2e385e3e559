/**
 * Loaded into the operator's process (`node --import`): on SIGUSR2 the wall clock jumps to where the file named by
 * WALL_CLOCK_OFFSET says it is, so many milliseconds from the machine's. As on a machine whose time is set, neither timers nor
 * the monotonic clock notice.
 */
import { readFileSync } from 'node:fs';

const file = process.env.WALL_CLOCK_OFFSET ?? '';
const machineNow = Date.now;
let offset = 0;

class WallClock extends Date {
  constructor(...given: [] | ConstructorParameters<typeof Date>) {
    if (given.length === 0) super(WallClock.now());
    else super(...given);
  }

  static override now(): number {
    return machineNow() + offset;
  }
}

globalThis.Date = WallClock as DateConstructor;

process.on('SIGUSR2', () => {
  offset = Number(readFileSync(file, 'utf8'));
  const line = { level: 'info', time: new Date().toISOString(), msg: 'the wall clock was set', offset };
  process.stdout.write(`${JSON.stringify(line)}\n`);
});
