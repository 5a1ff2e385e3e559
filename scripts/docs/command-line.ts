import { environmentName, OPTIONS } from '../../src/config.ts';
import { code, page, table } from './markdown.ts';

/** docs/reference/command-line.md: the commands, and every option of `run`. */
export function commandLinePage(): string {
  const rows = OPTIONS.map((option) => [
    code(`--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`),
    code(environmentName(option)),
    option.fallback === undefined ? '' : code(String(option.fallback)),
    `${option.help}${option.fallback === true ? ` (\`--no-${option.name}\` switches it off)` : ''}`,
  ]);
  return page(
    'Command line',
    table(
      ['command', 'what it does'],
      [
        [code('workteam-operator run'), 'runs the controller; what the image does by default'],
        [code('workteam-operator crd'), 'prints the CRD, for `kubectl apply -f -`'],
      ],
    ),
    'Exit codes: 0 when all went well or a signal ended it, 1 when something that is needed is not there or the lease was lost, 2 when the call itself is wrong.',
    '## run',
    'A flag goes before its environment variable, and that before the default. In the environment, repeatable options take commas. Credentials, region and endpoint of AWS come from the chain of the AWS SDK.',
    table(['option', 'environment', 'default', 'what it does'], rows),
  );
}
