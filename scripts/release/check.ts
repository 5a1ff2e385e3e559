/**
 * `npm run release:check`: whether this commit could be released. What can only be done when it is released is listed and
 * fails nothing, unless `--release` says that this is the moment. Changes nothing.
 */
import { parseArgs } from 'node:util';
import { findings } from './checks.ts';
import { gatherFacts } from './facts.ts';
import { reportJson, reportText } from './report.ts';

const { values } = parseArgs({
  options: { release: { type: 'boolean', default: false }, output: { type: 'string', short: 'o', default: 'text' } },
});
if (values.output !== 'text' && values.output !== 'json') {
  console.error(`-o ${values.output}: write -o text or -o json`);
  process.exit(1);
}
const facts = await gatherFacts();
const found = findings(facts, values);
console.log(values.output === 'json' ? reportJson(facts.version, found) : reportText(found));
if (found.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
