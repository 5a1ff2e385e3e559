/** docs/decisions/0006-memory.md: the heap that the image allows fits into the container that the chart asks for. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageNodeOptions, imageVariables } from '../../dev/image/node-options.ts';
import { SPARING } from '../../src/cli/spare-memory.ts';

/** What Node and the program's code take besides the heap, in MiB: RSS of the bundle that prints its version, less its heap. */
const BESIDES_THE_HEAP = 75;

test('the largest heap and what is besides it are less than the memory limit of the chart', () => {
  const size = 'Math.round(v8.getHeapStatistics().heap_size_limit / 2 ** 20)';
  const heap = Number(execFileSync(process.execPath, [...imageNodeOptions(), '-p', size], { encoding: 'utf8' }));
  const { resources } = parse(readFileSync('deploy/chart/values.yaml', 'utf8'));
  const limit = Number(/^(\d+)Mi$/.exec(resources.limits.memory)?.[1]);
  expect(heap).toBeGreaterThan(100);
  expect(heap + BESIDES_THE_HEAP).toBeLessThan(limit);
});

test('V8 knows the flags that the operator sets by itself', () => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).split(/\s+/);
  expect(SPARING.filter((flag) => !known.includes(flag.replace('--no-', '--')))).toEqual([]);
});

test('the image keeps malloc to one arena', () => {
  expect(imageVariables()).toEqual(['MALLOC_ARENA_MAX=1']);
});
