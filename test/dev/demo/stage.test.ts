import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../dev/demo/cluster.ts';
import { Screen } from '../../../dev/demo/screen.ts';
import type { Typed } from '../../../dev/demo/shell.ts';
import { Stage, StepFailed } from '../../../dev/demo/stage.ts';
import { startEmulator } from '../../../dev/sagemaker/emulator.ts';

/** A stage whose commands all do the same, and what is seen on its screen. */
async function setUp({ typed = { code: 0, output: '' } }: { typed?: Typed } = {}) {
  let seen = '';
  const write = (text: string) => {
    seen += text;
  };
  const stop = new AbortController();
  const emulator = await startEmulator();
  await emulator.stop();
  let time = 0;
  const stage = new Stage({
    screen: new Screen({ write }, false),
    shell: async () => typed,
    cluster: new Cluster({ kubectl: () => Promise.reject(new Error('there is no cluster')) }),
    aws: emulator.control,
    signal: stop.signal,
    now: () => (time += 1_000),
    began: new Date(0),
  });
  return { stage, stop, seen: () => seen };
}

describe('a check', () => {
  const check = { where: 'SageMaker', that: 'there is one team' } as const;

  test('is told when it holds', async () => {
    const { stage, seen } = await setUp();
    await stage.check({ ...check, expected: { teams: ['blue'] }, found: () => ({ teams: ['blue'] }) });
    expect(seen()).toBe('  ✓ SageMaker   there is one team\n');
  });

  test('that does not hold ends the story, and says what was expected and what was found', async () => {
    const { stage, seen } = await setUp();
    const expected = ['blue', 'red'];
    await expect(stage.check({ ...check, expected, found: () => [] })).rejects.toThrow(StepFailed);
    expect(seen()).toBe(`  ✗ SageMaker   there is one team
    expected  blue
              red
    found     nothing
`);
  });

  test('that may take a while is looked at again, whatever went wrong the first time', async () => {
    const { stage, seen } = await setUp();
    const answers = [() => Promise.reject(new Error('connection refused')), () => 'red', () => 'blue'];
    const found = async () => answers.shift()?.() ?? 'too late';
    await stage.check({ ...check, expected: 'blue', found, within: 20_000 });
    expect(seen()).toContain('✓');
    expect(answers).toEqual([]);
  });

  test('gives up when its time is over, and says for how long it waited and what was the matter', async () => {
    const { stage, seen } = await setUp();
    const found = (): string => {
      throw new Error('connection refused');
    };
    await expect(stage.check({ ...check, expected: 'blue', found, within: 2_000 })).rejects.toThrow(StepFailed);
    expect(seen()).toContain('expected  blue\n    found     connection refused, after 2.0 s\n');
  });

  test('is broken off, without a word, when the story cannot go on', async () => {
    const { stage, stop, seen } = await setUp();
    const found = () => {
      stop.abort(new Error('the operator is dead'));
      return 'blue';
    };
    await expect(stage.check({ ...check, expected: 'blue', found })).rejects.toThrow('the operator is dead');
    expect(seen()).toBe('');
  });
});

describe('a command', () => {
  test('is shown with what it printed', async () => {
    const { stage, seen } = await setUp({ typed: { code: 0, output: 'blue created\n' } });
    expect(await stage.type('kubectl apply -f blue.yaml')).toBe('blue created\n');
    expect(seen()).toBe('  $ kubectl apply -f blue.yaml\n  blue created\n');
  });

  test('that fails ends the story', async () => {
    const { stage, seen } = await setUp({ typed: { code: 1, output: 'error: no such file\n' } });
    await expect(stage.type('kubectl apply -f blue.yaml')).rejects.toThrow(StepFailed);
    expect(seen()).toContain('error: no such file\n\n  ✗ Kubernetes  the command works\n    expected  exit code 0');
  });

  test('that should be refused ends the story when it is not', async () => {
    const { stage } = await setUp();
    await expect(stage.type('kubectl apply -f bad.yaml', { fails: true })).rejects.toThrow(StepFailed);
    const refusing = await setUp({ typed: { code: 1, output: 'is invalid' } });
    expect(await refusing.stage.type('kubectl apply -f bad.yaml', { fails: true })).toBe('is invalid');
  });

  test('is not run any more when the story cannot go on', async () => {
    const { stage, stop, seen } = await setUp();
    stop.abort(new Error('stopped'));
    await expect(stage.type('kubectl get wt')).rejects.toThrow('stopped');
    expect(seen()).toBe('');
  });
});
