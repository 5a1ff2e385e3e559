/** Prints "N passed, N failed" of the last test run and exits with what `npm test` exited with (given as the argument). */
import { existsSync, readFileSync } from 'node:fs';

const exitCode = Number(process.argv[2] ?? 1);
const report = 'test-results/vitest.json';
if (!existsSync(report)) {
  // The checks before the tests (types, lint, build) failed: one of them counts as the failure that it is.
  console.log('0 passed, 1 failed');
  process.exit(exitCode === 0 ? 1 : exitCode);
}
const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(
  readFileSync(report, 'utf8'),
) as Record<string, number>;
// A file that could not be loaded has no failed test in it, and an error outside of tests none either.
const failed = (numFailedTests ?? 0) || ((numFailedTestSuites ?? 0) > 0 || exitCode !== 0 ? 1 : 0);
if (numPendingTests) console.log(`skipped: ${numPendingTests}`);
console.log(`${numPassedTests ?? 0} passed, ${failed} failed`);
process.exit(failed > 0 && exitCode === 0 ? 1 : exitCode);
