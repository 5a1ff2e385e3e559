import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Control } from '../sagemaker/control.ts';
import type { Cluster } from './cluster.ts';
import type { Screen } from './screen.ts';
import type { Shell } from './shell.ts';

/** The world is not as it should be. What was expected and found has been told on the screen. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

/** What should be found in the world, and how to look. */
export interface Condition<T> {
  readonly expected: T;
  /** What an error says counts as found, too. */
  readonly found: () => T | Promise<T>;
  /** How long it may take to come true, in ms. Unless given, it must hold at once. */
  readonly within?: number;
}

/** A condition that a person is told about. */
export interface Check<T> extends Condition<T> {
  readonly where: 'Kubernetes' | 'SageMaker' | 'Operator';
  readonly that: string;
}

type Seen<T> = { readonly value: T } | { readonly error: string };

/** What a stage is made of. */
export interface Properties {
  readonly screen: Screen;
  readonly shell: Shell;
  readonly cluster: Cluster;
  /** SageMaker as it truly is. */
  readonly aws: Control;
  /** Aborts when the story cannot go on. */
  readonly signal: AbortSignal;
  /** A monotonic clock, in ms. */
  readonly now: () => number;
  /** When the story began, by the clock on the wall. */
  readonly began: Date;
}

const BETWEEN_LOOKS_MS = 50;

/** Where the steps of the story take place: commands are typed, and the world is looked at. */
export class Stage {
  readonly screen: Screen;
  readonly cluster: Cluster;
  readonly aws: Control;
  readonly now: () => number;
  readonly began: Date;
  readonly #shell: Shell;
  readonly #signal: AbortSignal;

  constructor({ screen, shell, cluster, aws, signal, now, began }: Properties) {
    this.screen = screen;
    this.cluster = cluster;
    this.aws = aws;
    this.now = now;
    this.began = began;
    this.#shell = shell;
    this.#signal = signal;
  }

  /**
   * Runs a command line as a person would type it, showing it and what it prints.
   * @throws StepFailed when it fails (or, with `fails`, when it does not); the signal's reason
   */
  async type(line: string, { fails = false } = {}): Promise<string> {
    this.#signal.throwIfAborted();
    this.screen.command(line);
    const { code, output } = await this.#shell(line);
    this.#signal.throwIfAborted();
    this.screen.output(output);
    if ((code !== 0) === fails) return output;
    const expected = fails ? 'an exit code other than 0' : 'exit code 0';
    const that = fails ? 'the command is refused' : 'the command works';
    this.screen.failed('Kubernetes', that, expected, code === null ? 'it was killed' : `exit code ${code}`);
    throw new StepFailed();
  }

  /**
   * Looks until what is found equals what is expected, or time is up, and tells nobody.
   * @returns what was found instead, if it did not come true
   * @throws the signal's reason
   */
  async until<T>({ expected, found, within = 0 }: Condition<T>): Promise<Seen<T> | undefined> {
    const began = this.now();
    for (;;) {
      const seen = await look(found);
      this.#signal.throwIfAborted();
      if ('value' in seen && isDeepStrictEqual(seen.value, expected)) return undefined;
      if (this.now() - began >= within) return seen;
      await sleep(BETWEEN_LOOKS_MS);
    }
  }

  /**
   * Looks until what is found equals what is expected, and tells the outcome.
   * @throws StepFailed when it does not come true in time; the signal's reason
   */
  async check<T>({ where, that, ...condition }: Check<T>): Promise<void> {
    const instead = await this.until(condition);
    if (instead === undefined) return this.screen.held(where, that);
    const waited = condition.within === undefined ? '' : `, after ${seconds(condition.within)}`;
    const found = 'value' in instead ? text(instead.value) : instead.error;
    this.screen.failed(where, that, text(condition.expected), found + waited);
    throw new StepFailed();
  }
}

async function look<T>(found: Condition<T>['found']): Promise<Seen<T>> {
  try {
    return { value: await found() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.length === 0 ? 'nothing' : value.map(text).join('\n');
}

/** `1.2 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
