/** The alerts, as Prometheus itself understands them. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { run } from '../support/execute.ts';

const isInstalled = spawnSync('promtool', ['--version']).status === 0;
// CI installs it; elsewhere it is one of the few things here that npm and Go do not bring.
const isSkipped = !isInstalled && process.env.CI === undefined;
if (isSkipped) {
  console.log(
    'The alerts are not tested, because promtool is missing: apt-get install prometheus, or set CI to insist.',
  );
}

test.skipIf(isSkipped).each([
  ['are valid', 'check', 'deploy/observability/alerts.yaml'],
  ['fire when they should, and only then', 'test', 'deploy/observability/alerts.test.yaml'],
])('the alerts %s (promtool of Debian’s package prometheus)', async (_what, command, file) => {
  expect(await run('promtool', [command, 'rules', file])).toContain('SUCCESS');
});
