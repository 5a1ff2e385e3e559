/** The IAM policies that stand in pages: docs/guides/plan.md, docs/guides/adopting.md and docs/operations.md. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blocksOf, pagesWithBlocks } from '../support/blocks.ts';

interface Policy {
  readonly Version: string;
  readonly Statement: readonly { readonly Effect: string; readonly Action: string | readonly string[] }[];
}

const policies = pagesWithBlocks()
  .flatMap((page) => blocksOf(page))
  .filter(({ kind, text }) => kind === 'json' && text.includes('"sagemaker:'));
const actionsOf = ({ Statement }: Policy): string[] => Statement.flatMap(({ Action }) => Action);
const ready: Policy = JSON.parse(readFileSync('deploy/aws/iam-policy.json', 'utf8'));

test('there are such policies', () => {
  const pages = policies.map(({ page }) => page);
  expect(pages).toEqual(['docs/guides/adopting.md', 'docs/guides/plan.md', 'docs/operations.md']);
});

describe.each(policies)('$page', ({ text }) => {
  const policy: Policy = JSON.parse(text);

  test('allows exactly the reading actions of the ready policy', () => {
    expect(policy.Version).toBe('2012-10-17');
    expect(policy.Statement.map(({ Effect }) => Effect)).toEqual(['Allow']);
    const reading = actionsOf(ready).filter((action) => /^sagemaker:(List|Describe)/.test(action));
    expect(actionsOf(policy).toSorted()).toEqual(reading.toSorted());
  });
});
