/**
 * Prints "N passed, N failed" over the suites that ran. Each argument is a suite and the code that it exited with, as
 * `vitest=0`; its report is `test-results/<suite>.json`. Exits with 1 when anything failed.
 */
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
let skipped = 0;
for (const argument of process.argv.slice(2)) {
  const [suite, code] = argument.split('=');
  const report = `test-results/${suite}.json`;
  if (!existsSync(report)) {
    // What comes before the tests (types, lint, build, setup) failed, and counts as the failure that it is.
    console.log(`${suite}: no report, exit code ${code}`);
    failed += 1;
    continue;
  }
  const counts = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  const broken = (counts.numFailedTestSuites ?? 0) > 0 || code !== '0';
  // A file that could not be loaded has no failed test in it, and an error outside of tests none either.
  const wrong = (counts.numFailedTests ?? 0) || (broken ? 1 : 0);
  passed += counts.numPassedTests ?? 0;
  failed += wrong;
  skipped += counts.numPendingTests ?? 0;
  console.log(`${suite}: ${counts.numPassedTests ?? 0} passed, ${wrong} failed`);
}
if (skipped > 0) console.log(`skipped: ${skipped}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
