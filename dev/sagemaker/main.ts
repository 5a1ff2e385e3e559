/** Runs the emulator alone: `npm run emulator -- --port 4566`. */
import { Command, InvalidArgumentError } from 'commander';
import { type Emulator, startEmulator } from './emulator.ts';
import { accessKeyOf, DEFAULT_ACCOUNT } from './identity.ts';
import type { LedgerEntry } from './ledger.ts';
import { DEFAULT_QUOTA } from './store.ts';
import { switchTable } from './switches.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly account: string;
  readonly region: string;
  readonly quota: number;
  readonly switch?: Readonly<Record<string, string | number>>;
  readonly quiet: boolean;
}

const command = new Command('npm run emulator --')
  .description("Stands in for SageMaker's work-team API (and STS GetCallerIdentity) on this machine. Nothing is kept.")
  .option('--port <number>', 'port to listen on, 0 for any free one', portNumber, 4566)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option(
    '--account <id>',
    'account of access keys that name none (AKIA<12 digits>… names one)',
    account,
    DEFAULT_ACCOUNT,
  )
  .option('--region <name>', 'region in the printed environment; every region is served', 'eu-west-1')
  .option('--quota <number>', 'work teams per account and region', wholeNumber, DEFAULT_QUOTA)
  .option('--switch <name=value>', 'answer an open question otherwise; may be repeated', oneSwitch)
  .option('--quiet', 'do not print a line for every call', false)
  .addHelpText('after', () => `\nSwitches (also: GET and POST /_emulator/switches):\n${switchHelp()}`)
  .action(run);

await command.parseAsync();

async function run(flags: Flags): Promise<void> {
  const { port, host, account: defaultAccount, quota, switch: switches = {} } = flags;
  const emulator = await startEmulator({ port, host, defaultAccount, quota, switches }).catch((error: unknown) =>
    giveUp(explain(error, flags)),
  );
  console.log(greeting(emulator, flags));
  if (!flags.quiet) emulator.control.onEntry((entry) => console.log(line(entry)));
  const stop = () => void emulator.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
}

function explain(error: unknown, { port, host }: Flags): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} is taken: stop what listens there, or choose another with --port.`;
  if (code === 'EACCES') return `Port ${port} needs more rights: choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine: choose another with --host.`;
  return error instanceof Error ? error.message : String(error);
}

function giveUp(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function greeting({ endpoint }: Emulator, { account: defaultAccount, region }: Flags): string {
  const environment = {
    AWS_ENDPOINT_URL_SAGEMAKER: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyOf(defaultAccount),
    AWS_SECRET_ACCESS_KEY: 'emulator',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return [
    `SageMaker work teams on ${endpoint}, account ${defaultAccount}, every region. Ctrl-C stops it.`,
    '',
    'For the AWS SDKs and the AWS CLI:',
    ...Object.entries(environment).map(([name, value]) => `  export ${name}=${value}`),
    '',
    'Try:',
    '  aws sagemaker list-workteams',
    `  curl ${endpoint}/_emulator          what can be set, spoiled and read`,
    `  curl ${endpoint}/_emulator/ledger   every call so far`,
    '',
  ].join('\n');
}

function line({ time, region, operation, workteamName, outcome, fault, outOfBand }: LedgerEntry): string {
  const remarks = [fault && `fault: ${fault}`, outOfBand && 'out-of-band'].filter(Boolean).map((text) => `(${text})`);
  return [time.slice(11, 23), region, operation || '?', workteamName, outcome, ...remarks].filter(Boolean).join('  ');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

function account(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('An account id has 12 digits.');
  return text;
}

function oneSwitch(text: string, before: Flags['switch'] = {}): Flags['switch'] {
  const [name = '', value = ''] = text.split(/=(.*)/s);
  return { ...before, [name]: /^\d+$/.test(value) ? Number(value) : value };
}

function switchHelp(): string {
  return Object.entries(switchTable)
    .map(([name, entry]) => {
      const values = 'unit' in entry ? entry.unit : Object.keys(entry.choices).join(' | ');
      return `  ${name} = ${entry.byDefault}\n      ${entry.question} (${values})`;
    })
    .join('\n');
}
