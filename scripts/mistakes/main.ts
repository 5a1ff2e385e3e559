/**
 * `npm run mistakes`: makes each mistake of the list, one at a time, in a copy of the project, and runs the tests until one
 * fails. A mistake that no test finds survives: a test is missing.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { MISTAKES, type Mistake, withMistake } from './list.ts';
import { build, type Found, interrupt, QUICK, runTests, SLOW } from './suite.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What is not copied; the installed packages are linked. */
const LEFT_OUT = ['node_modules', '.git', 'dist', 'test-results'];

/** What is run whole when none of the named tests fails. */
const ALL_QUICK = ['unit', 'faults-memory'];

interface Options {
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly output: string;
}

interface Verdict {
  readonly name: string;
  readonly what: string;
  readonly killedBy: string | null;
  readonly seconds: number;
}

const program = new Command('npm run mistakes --')
  .description('Make seeded mistakes in a copy of the project, one at a time, and see that a test fails for each.')
  .option('--only <name>', 'make this mistake only (repeatable)', known)
  .option('--list', 'say which mistakes there are, and make none')
  .option('-o, --output <format>', 'text or json', format, 'text')
  .addHelpText('after', '\nThe exit code is 1 when a mistake survives, or does not fit the sources any more.');
program.action(async (options: Options) => {
  try {
    process.exitCode = await main(options);
  } catch (error) {
    program.error(`error: ${(error as Error).message}`);
  }
});
await program.parseAsync();

async function main({ only, list, output }: Options): Promise<number> {
  const chosen = MISTAKES.filter(({ name }) => only?.includes(name) ?? true);
  if (list) {
    for (const { name, what } of chosen) console.log(`${name.padEnd(34)}${what}`);
    return 0;
  }
  for (const mistake of chosen) withMistake(readFileSync(join(ROOT, mistake.file), 'utf8'), mistake);
  const copy = copied();
  const clean = () => rmSync(copy, { recursive: true, force: true });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      interrupt();
      clean();
      process.exit(code);
    });
  }
  try {
    await expectGreen(copy, chosen);
    const verdicts: Verdict[] = [];
    for (const [index, mistake] of chosen.entries()) {
      const verdict = await judged(copy, mistake);
      verdicts.push(verdict);
      progress(`${index + 1}/${chosen.length}  ${told(verdict)}`);
    }
    const survivors = verdicts.filter(({ killedBy }) => killedBy === null);
    const summary = `${verdicts.length - survivors.length} of ${verdicts.length} mistakes killed`;
    console.log(output === 'json' ? JSON.stringify({ summary, verdicts }, null, 2) : summary);
    return survivors.length === 0 ? 0 : 1;
  } finally {
    clean();
  }
}

/** The project in a folder of its own, so that nobody who works on it sees a mistake. */
function copied(): string {
  const copy = mkdtempSync(join(tmpdir(), 'workteam-operator-mistakes-'));
  const filter = (path: string) => !LEFT_OUT.includes(relative(ROOT, path));
  cpSync(ROOT, copy, { recursive: true, filter });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Without a mistake, the tests that are to find them pass: else they would find anything. */
async function expectGreen(copy: string, chosen: readonly Mistake[]): Promise<void> {
  progress('without a mistake, all of these tests pass:');
  const files = (of: (mistake: Mistake) => readonly string[]) => [...new Set(chosen.flatMap(of))];
  const [quick, slow] = [files((mistake) => mistake.quick), files(({ slow: named = [] }) => named)];
  const found =
    (quick.length > 0 ? await runTests(copy, QUICK, quick) : undefined) ??
    (slow.length > 0 ? ((await build(copy)) ?? (await runTests(copy, SLOW, slow))) : undefined);
  if (found !== undefined)
    throw new Error(`It fails without any mistake, so that nothing could be said of them: ${found}`);
  progress(`${quick.length + slow.length} files, green`);
}

/** Whether all quick tests, and not only those that are named, are known to pass without a mistake. */
let allGreen = false;

async function judged(copy: string, mistake: Mistake): Promise<Verdict> {
  const began = Date.now();
  const path = join(copy, mistake.file);
  const source = readFileSync(path, 'utf8');
  const seeded = withMistake(source, mistake);
  try {
    writeFileSync(path, seeded);
    let killedBy: Found = await firstToFail(copy, mistake);
    if (killedBy === undefined) {
      progress(`${mistake.name}: none of its tests fails; now all quick ones`);
      writeFileSync(path, source);
      await expectAllGreen(copy);
      writeFileSync(path, seeded);
      killedBy = await runTests(copy, ALL_QUICK, []);
    }
    return {
      name: mistake.name,
      what: mistake.what,
      killedBy: killedBy ?? null,
      seconds: Math.round((Date.now() - began) / 1_000),
    };
  } finally {
    writeFileSync(path, source);
  }
}

async function expectAllGreen(copy: string): Promise<void> {
  const found = allGreen ? undefined : await runTests(copy, ALL_QUICK, []);
  if (found !== undefined) throw new Error(`It fails without any mistake, so that nothing could be said: ${found}`);
  allGreen = true;
}

/** The tests that are expected to find it. */
async function firstToFail(copy: string, { quick, slow = [] }: Mistake): Promise<Found> {
  return (
    (quick.length > 0 ? await runTests(copy, QUICK, quick) : undefined) ??
    (slow.length > 0 ? ((await build(copy)) ?? (await runTests(copy, SLOW, slow))) : undefined)
  );
}

function told({ name, what, killedBy, seconds }: Verdict): string {
  const verdict = killedBy === null ? `SURVIVED: ${what}` : `killed by ${killedBy}`;
  return `${name}: ${verdict} (${seconds} s)`;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function known(name: string, before: readonly string[] = []): string[] {
  if (MISTAKES.some((mistake) => mistake.name === name)) return [...before, name];
  throw new InvalidArgumentError('There is no such mistake; --list says which there are.');
}

function format(name: string): string {
  if (name === 'text' || name === 'json') return name;
  throw new InvalidArgumentError('It is text or json.');
}
