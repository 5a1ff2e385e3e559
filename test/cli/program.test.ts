import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isHelp, program } from '../../src/cli/program.ts';
import { OPTIONS } from '../../src/config.ts';

/** What a call printed, what it ran, and what it threw. */
interface Called {
  readonly out: string;
  readonly err: string;
  readonly ran: number;
  readonly thrown: unknown;
}

async function call(...args: string[]): Promise<Called> {
  let out = '';
  let err = '';
  let ran = 0;
  const print = (text: string) => {
    out += text;
  };
  const root = program(
    {
      run: async () => {
        ran += 1;
      },
      import: async () => {
        ran += 1;
      },
      plan: async () => {
        ran += 1;
      },
      print,
    },
    '1.2.3',
    {},
  );
  const output = {
    writeOut: print,
    writeErr: (text: string) => {
      err += text;
    },
  };
  for (const command of [root, ...root.commands]) command.configureOutput(output);
  const [result] = await Promise.allSettled([root.parseAsync(args, { from: 'user' })]);
  return { out, err, ran, thrown: result.status === 'rejected' ? result.reason : undefined };
}

/** The text as if it had been written on one line. */
const unwrapped = (text: string) => text.replace(/\s+/g, ' ');

describe('help', () => {
  test('of run lists every option with what it does, its default and its variable', async () => {
    const { out, thrown } = await call('run', '--help');
    expect(thrown instanceof CommanderError && isHelp(thrown)).toBe(true);
    for (const { name, value, help, fallback } of OPTIONS) {
      expect(out).toContain(value === undefined ? `--${name} ` : `--${name} <${value}>`);
      expect(unwrapped(out)).toContain(unwrapped(help));
      if (typeof fallback === 'string') expect(unwrapped(out)).toContain(`${unwrapped(help)} (default: ${fallback})`);
    }
    expect(out).toContain('--no-leader-elect');
    expect(out).not.toContain('--no-read-only');
    expect(out).toContain('WORKTEAM_OPERATOR_LOG_LEVEL');
  });

  test('of the program lists every command', async () => {
    const { out, thrown } = await call('--help');
    expect(thrown instanceof CommanderError && isHelp(thrown)).toBe(true);
    for (const command of ['run', 'import', 'plan', 'crd']) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('the version', async () => {
    const { out, thrown } = await call('--version');
    expect(out).toBe('1.2.3\n');
    expect(thrown instanceof CommanderError && isHelp(thrown)).toBe(true);
  });
});

describe('a call that cannot be understood', () => {
  test.each([
    ['no command', [], /Usage: workteam-operator/],
    ['an unknown command', ['start'], /unknown command 'start'/],
    ['an unknown option', ['run', '--fast'], /unknown option '--fast'/],
    ['an option without its value', ['run', '--namespace'], /option '--namespace <NAME>' argument missing/],
    ['a switch with a value', ['run', '--no-leader-elect=yes'], /unknown option/],
    ['more than the command', ['run', 'fast'], /too many arguments/],
    ['more than the other command', ['crd', 'yaml'], /too many arguments/],
  ])('%s', async (_, args, complaint) => {
    const { err, ran, thrown } = await call(...args);
    expect(err).toMatch(complaint);
    expect(thrown instanceof CommanderError && !isHelp(thrown)).toBe(true);
    expect(ran).toBe(0);
  });

  test('is told in one line, with where to read on', async () => {
    const { err } = await call('run', '--fast');
    expect(err).toBe("workteam-operator: unknown option '--fast' (workteam-operator --help shows what there is).\n");
  });

  test('a near miss is told what was meant', async () => {
    expect((await call('run', '--concurency', '2')).err).toContain('--concurrency');
  });
});

test('crd prints one YAML document', async () => {
  const { out, ran } = await call('crd');
  expect(parse(out)).toMatchObject({ kind: 'CustomResourceDefinition', metadata: { name: 'workteams.workteams.dev' } });
  expect(out.endsWith('\n')).toBe(true);
  expect(ran).toBe(0);
});
