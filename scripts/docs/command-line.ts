import { IMPORT_OPTIONS } from '../../src/cli/import-options.ts';
import { PLAN_OPTIONS } from '../../src/cli/plan-options.ts';
import { environmentName, OPTIONS, type Option } from '../../src/config.ts';
import { code, page, table } from './markdown.ts';

/** docs/reference/command-line.md: the commands, and every option of each. */
export function commandLinePage(): string {
  return page(
    'Command line',
    table(
      ['command', 'what it does'],
      [
        [code('workteam-operator run'), 'runs the controller; what the image does by default'],
        [
          code('workteam-operator import'),
          'prints manifests for work teams that exist, which [only observe them](../guides/adopting.md)',
        ],
        [
          code('workteam-operator plan'),
          'prints what `run` would do about manifests, and [changes nothing](../guides/plan.md)',
        ],
        [code('workteam-operator crd'), 'prints the CRD, for `kubectl apply -f -`'],
      ],
    ),
    'Exit codes: 0 when all went well or a signal ended it, 1 when something that is needed is not there or the lease was lost, 2 when the call itself is wrong. `import` ends with 1 also when a work team had to be left out, and with 130 after Ctrl-C. `plan` ends with 0 when nothing would change, 2 when something would, 1 when something is refused or wrong (a wrong call too), and 130 after Ctrl-C.',
    '## run',
    'A flag goes before its environment variable, and that before the default. In the environment, repeatable options take commas. Credentials, region and endpoint of AWS come from the chain of the AWS SDK.',
    optionTable(OPTIONS),
    '## import',
    'Reads from AWS (`sagemaker:ListWorkteams`, `sagemaker:DescribeWorkteam`, `sagemaker:ListTags`) and never writes there. The manifests are on stdout; what is to be known about them, and what had to be left out, is on stderr.',
    optionTable(IMPORT_OPTIONS),
    '## plan',
    'Reads from AWS (`sagemaker:ListWorkteams`, `sagemaker:DescribeWorkteam`, `sagemaker:ListTags`) and, where there is one, from the cluster (the namespace `kube-system`, Workteams), and never writes. The plan is on stdout; [its JSON](plan-output.md) has a schema.',
    optionTable(PLAN_OPTIONS),
  );
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const name = `--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`;
    return [
      code(option.short === undefined ? name : `-${option.short}, ${name}`),
      option.flagOnly ? '' : code(environmentName(option)),
      option.fallback === undefined ? '' : code(String(option.fallback)),
      `${option.help}${option.fallback === true ? ` (\`--no-${option.name}\` switches it off)` : ''}`,
    ];
  });
  return table(['option', 'environment', 'default', 'what it does'], rows);
}
