/** `npm test`: types, lint, build, then all tests; stops at the first that fails. Leaves a report for `test-summary.ts`. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

const REPORT = 'test-results/vitest.json';
/** What needs more than Node, Go and Python has scripts of its own: `npm run test:argocd`, `npm run test:image`. */
const PROJECTS = ['unit', 'component', 'integration', 'faults', 'faults-memory'].map((name) => `--project=${name}`);
const STEPS: readonly (readonly string[])[] = [
  ['tsc'],
  ['biome', 'check', '--error-on-warnings', '.'],
  ['node', 'scripts/build.ts'],
  // Two workers, also where Vitest would take one: most tests wait for processes, not for the processor.
  [
    'vitest',
    'run',
    ...PROJECTS,
    '--maxWorkers=2',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${REPORT}`,
  ],
];

rmSync(REPORT, { force: true });
for (const [command = '', ...args] of STEPS) {
  console.log(`> ${[command, ...args].join(' ')}`);
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
