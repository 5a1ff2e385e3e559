import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Block, blocksOf, isNotRun } from './blocks.ts';

/** Where somebody reads a page and does what it says. */
export interface Desk {
  /** The working folder, in which files are written. */
  readonly folder: string;
  readonly env: () => Readonly<Record<string, string>>;
  /** What the reader puts in the place of names in the page. */
  readonly fill?: (text: string) => string;
}

/** A page, and somebody who follows it. */
export interface Reader {
  /**
   * Does what stands under a heading, in its order: writes each YAML block that begins with `# NAME.yaml` into that file, and
   * runs each command. Returns what each command printed. `which` takes some of the blocks.
   * @throws Error with what a command said, when it fails; when there is nothing to do
   */
  follow(heading: string, which?: (text: string) => boolean): Promise<string[]>;
  /** Takes the blocks under a heading for played that the test plays by itself, and returns their texts. */
  take(heading: string, which?: (text: string) => boolean): string[];
  /**
   * Declares the test that nothing in the page was left out; to be called after all others.
   * @param elsewhere which blocks another test plays
   */
  leavesNothingOut(elsewhere?: (block: Block) => boolean): void;
}

/** The longest that a command may take, in milliseconds. */
const LONGEST_MS = 150_000;

export function readerOf(page: string, desk: Desk): Reader {
  const blocks = blocksOf(page);
  const played = new Set<Block>();
  const find = (heading: string, which: (text: string) => boolean): Block[] => {
    const found = blocks.filter((block) => block.heading === heading && !isNotRun(block) && which(block.text));
    if (found.length === 0) throw new Error(`${page} has nothing like that under "${heading}"`);
    for (const block of found) played.add(block);
    return found;
  };
  return {
    async follow(heading, which = () => true) {
      const printed: string[] = [];
      for (const { kind, text } of find(heading, which)) {
        const filled = desk.fill?.(text) ?? text;
        if (kind === 'command') printed.push(await run(filled, desk));
        else write(filled, desk);
      }
      return printed;
    },
    take: (heading, which = () => true) => find(heading, which).map(({ text }) => desk.fill?.(text) ?? text),
    leavesNothingOut(elsewhere = () => false) {
      test(`no block of ${page} is left out`, () => {
        const left = blocks.filter((block) => !played.has(block) && !isNotRun(block) && !elsewhere(block));
        expect(left.map(({ line, text }) => `${line}: ${text}`)).toEqual([]);
      });
    },
  };
}

function write(text: string, { folder }: Desk): void {
  const [, name] = /^# (\S+\.yaml)\n/.exec(text) ?? [];
  if (name === undefined) throw new Error(`the first line of a block does not name a file: ${text}`);
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Runs a command in a shell of its own and returns what it printed. @throws Error with what it said when it fails */
export function run(command: string, { folder, env }: Desk): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, env: { ...env() }, timeout: LONGEST_MS };
    execFile('bash', ['-o', 'pipefail', '-c', command], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command}\n${stdout}${stderr || error.message}`));
    });
  });
}
