/** What the linter of workflows does not see in the scripts of their steps. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  readonly run?: string;
  readonly shell?: string;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>>;
}

const steps: readonly Step[] = globSync('.github/workflows/*.yaml').flatMap((path) => {
  const { jobs }: Workflow = parse(readFileSync(path, 'utf8'));
  return Object.values(jobs).flatMap((job) => job.steps ?? []);
});

test('a step with a pipe fails when any of its programs does: only the shell that is asked for has pipefail', () => {
  const piped = steps.filter(({ run = '' }) => / \| /.test(run));
  expect(piped.map(({ shell }) => shell)).toEqual(['bash']);
});

test('what runs after a failure does not count on what was not done', () => {
  const always = steps.filter((step) => 'if' in step && step.if === 'always()').map(({ run = '' }) => run);
  expect(always).toEqual([expect.stringMatching(/^if \[ -d (\S+) \]; then .* \1; fi$/)]);
});
