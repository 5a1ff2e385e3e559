/** What the commands of the benchmarks have in common: what they measure, and how their options are read. */
import { InvalidArgumentError } from 'commander';
import { imageNodeOptions, imageVariables } from '../dev/image/node-options.ts';
import { filled, type Subject, USUAL_RESYNC } from './subject.ts';

export const OURS = 'workteam-operator';

/** As the image has them. */
export const NODE_FLAGS = imageNodeOptions().join(' ');

const FLAGS = {
  '--leader-election-namespace': 'default',
  '--metrics-bind-address': '127.0.0.1:0',
  '--health-probe-bind-address': '127.0.0.1:0',
  '--aws-requests-per-second': '{rate}',
  '--aws-burst': '{burst}',
  '--resync-interval': '{resync}',
};

/** The built bundle. */
export function ours(nodeFlags: string): Subject {
  const program = [
    'env',
    ...imageVariables(),
    process.execPath,
    ...words(nodeFlags),
    'dist/workteam-operator.js',
    'run',
  ];
  return { name: OURS, command: [...program, ...Object.entries(FLAGS).flat()] };
}

/** How each was run most of the time, without where this machine keeps Node. */
export function commandsOf(subjects: readonly Subject[], rate: number): Record<string, string> {
  const shown = (word: string) => (word === process.execPath ? 'node' : word);
  const lines = subjects.map((subject) => [subject.name, filled(subject, { resync: USUAL_RESYNC, rate })] as const);
  return Object.fromEntries(lines.map(([name, line]) => [name, line.map(shown).join(' ')]));
}

export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** @throws InvalidArgumentError */
export function counts(text: string): number[] {
  return text.split(',').map(count);
}

/** @throws InvalidArgumentError */
export function count(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('Write whole numbers.');
  return value;
}

/** Progress, on the standard error. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
