import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Guardian, openGuardian } from '../../dev/control-plane/guarded.ts';
import { eventually } from './eventually.ts';
import type { Desk } from './reader.ts';

/** The terminals of somebody who follows a page: each runs one command until Ctrl-C. */
export interface Terminals {
  /** Runs a command of the page in a terminal of its own, in this repository; returns what gives all it has printed. */
  open(command: string): Promise<() => string>;
  /**
   * Pastes the `export` lines that a terminal has printed into `pasted`, once the last of them is there, and returns the folders
   * that it puts on the PATH; those are left out.
   */
  paste(printed: () => string, last: string): Promise<string[]>;
}

/**
 * To be called at the top of a test file. Every process is gone after its last test.
 * @param pasted what has been pasted so far; every new terminal has it, too
 */
export function useTerminals(desk: Desk, pasted: Record<string, string>): Terminals {
  let guardian: Guardian | undefined;
  let opened = 0;
  beforeAll(async () => {
    guardian = await openGuardian(join(tmpdir(), `workteam-operator-terminals-${randomBytes(4).toString('hex')}`));
  });
  afterAll(() => guardian?.close());
  return {
    async open(command) {
      if (guardian === undefined) throw new Error('terminals are there only inside tests');
      const log = join(guardian.folder, `terminal-${opened++}.log`);
      const cache = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? '', '.cache');
      const env = { ...desk.env(), XDG_CACHE_HOME: cache, ...pasted };
      const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      const args = ['-i', ...assignments, 'sh', '-c', `cd '${resolve('.')}' && exec ${command}`];
      await guardian.run({ program: '/usr/bin/env', args, log });
      return () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    },
    async paste(printed, last) {
      await eventually(() => new RegExp(`export ${last}=.*\n`).test(printed()), { what: last, within: 200_000 });
      let folders: string[] = [];
      for (const [, name = '', value = ''] of printed().matchAll(/^ *export (\w+)=(.*)$/gm)) {
        if (name === 'PATH') folders = value.split(':').slice(0, -1);
        else pasted[name] = value;
      }
      return folders;
    },
  };
}
