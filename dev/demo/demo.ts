import { access, copyFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { OnProgress } from '../control-plane/progress.ts';
import { Cluster } from './cluster.ts';
import { type Operator, startOperator } from './operator.ts';
import type { Screen } from './screen.ts';
import { awaitOperator, dismissOperator, install } from './setting.ts';
import { shellIn } from './shell.ts';
import { openSite, type Site } from './site.ts';
import { Stage, StepFailed, seconds } from './stage.ts';
import { Interrupted } from './stop.ts';
import { story } from './story.ts';

export interface DemoOptions {
  /** Whether everything is to stay until `stop` aborts. */
  readonly keep: boolean;
  /** The operator to run. */
  readonly bundle: string;
  readonly screen: Screen;
  /** Shows that something takes a while. */
  readonly wait: OnProgress;
  /** Says what went wrong. */
  readonly complain: (text: string) => void;
  /** Aborted from outside with an Interrupted, and from inside when the story cannot go on. */
  readonly stop: AbortController;
}

/** Something that has to run until the end does not. */
class Ended extends Error {
  override readonly name = 'Ended';
}

/** What there is at the moment, for whoever must tidy up. */
interface Scene {
  title: string;
  /** Whether every step has been. */
  verified: boolean;
  site?: Site;
  operator?: Operator;
}

/** Runs the demo to its end. @returns the exit code; nothing is left running then, except what was about to start */
export async function demo(options: DemoOptions): Promise<number> {
  const { stop, complain } = options;
  const scene: Scene = { title: 'Getting ready', verified: false };
  let outcome: Outcome = { code: 0, message: '' };
  try {
    await Promise.race([play(scene, options), failWhenAborted(stop.signal)]);
  } catch (error) {
    // What fails after a stop, fails because of that.
    outcome = await explain(stop.signal.aborted ? stop.signal.reason : error, scene);
  }
  await scene.site?.close();
  if (outcome.message !== '') complain(`\n${outcome.message}`);
  return outcome.code;
}

async function play(scene: Scene, options: DemoOptions): Promise<void> {
  const { bundle, screen, stop, keep } = options;
  screen.title('The workteam-operator at work');
  screen.prose(
    `Each Workteam in a Kubernetes cluster becomes a work team in Amazon SageMaker, and stays what its spec says. Kubernetes
    is real here; AWS is an emulator, so that nothing leaves this machine; the operator is the built program. Whatever has
    a ✓ was looked up afterwards, in the API server or in the emulator.`,
  );
  await access(bundle).catch(() => {
    throw new Error(`There is no ${bundle}: run "npm run build" first.`);
  });
  const site = await openSite(progressOn(options));
  scene.site = site;
  void site.plane.died.then((error) => stop.abort(new Ended(error.message)));
  const stage = stageAt(site, options);
  await install(stage, site);
  const operator = await startOperator(bundle, site);
  scene.operator = operator;
  let dismissed = false;
  void operator.ended.then(({ problem, signal, code }) => {
    const how = problem ?? signal ?? `exit code ${code}`;
    if (!dismissed) stop.abort(new Ended(`The operator ended by itself (${how}).`));
  });
  await Promise.all([awaitOperator(stage, operator), stage.cluster.composeOpenApi()]);
  for (const [index, step] of story.entries()) {
    scene.title = `${index + 1}. ${step.title}`;
    screen.title(scene.title);
    await step.play(stage);
  }
  if (keep) {
    scene.verified = true;
    sayHowToGoOn(screen, site, operator);
    return await failWhenAborted(stop.signal);
  }
  dismissed = true;
  await dismissOperator(stage, operator);
  screen.title(`Every step was verified, in ${seconds(stage.now())}.`);
}

function progressOn({ screen, wait }: DemoOptions): OnProgress {
  return (progress) => {
    wait(progress.kind === 'began' ? { ...progress, task: `  ${progress.task}` } : { kind: 'ended' });
    if (progress.kind === 'note') screen.prose(progress.text);
  };
}

function stageAt({ guardian, plane, emulator }: Site, { screen, stop: { signal } }: DemoOptions): Stage {
  return new Stage({
    screen,
    signal,
    shell: shellIn(guardian, plane.address),
    cluster: new Cluster(plane),
    aws: emulator.control,
    now: () => performance.now(),
    began: new Date(performance.timeOrigin),
  });
}

function sayHowToGoOn(screen: Screen, { plane, emulator }: Site, operator: Operator): void {
  const { kubeconfig, binaries } = plane.address;
  screen.title(`Every step was verified, in ${seconds(performance.now())}. All is left running until Ctrl-C.`);
  screen.prose('In another terminal, in this folder:');
  screen.listing([
    `export KUBECONFIG=${kubeconfig}`,
    `export PATH=${dirname(binaries.kubectl)}:$PATH`,
    'kubectl apply -f deploy/examples/',
    'kubectl get wt',
  ]);
  screen.prose("Every call to SageMaker; the operator's metrics, and its log:");
  screen.listing([`curl ${emulator.endpoint}/_emulator/ledger`, `curl ${operator.metrics}`, `tail -f ${operator.log}`]);
}

/** How it ended, and what is to be said of that besides what the screen shows. */
interface Outcome {
  readonly code: number;
  readonly message: string;
}

async function explain(cause: unknown, { title, verified, operator }: Scene): Promise<Outcome> {
  if (cause instanceof Interrupted) return { code: verified ? 0 : cause.exitCode, message: cause.message };
  const paragraphs = [`The demo failed at "${title}".`];
  if (!(cause instanceof StepFailed)) paragraphs.unshift(cause instanceof Error ? cause.message : String(cause));
  if (operator !== undefined) paragraphs.push(await endOfLog(operator.log));
  return { code: 1, message: paragraphs.join('\n\n') };
}

const LAST_LINES = 10;

/** The last lines of a log, which is put where it outlives the demo. */
async function endOfLog(log: string): Promise<string> {
  const text = (await readFile(log, 'utf8').catch(() => '')).trimEnd();
  if (text === '') return 'The operator has printed nothing.';
  const kept = join(tmpdir(), `${basename(dirname(log))}-${basename(log)}`);
  await copyFile(log, kept);
  return `The last lines of the operator's log (all of it: ${kept}):\n${text.split('\n').slice(-LAST_LINES).join('\n')}`;
}

/** Never resolves. @throws the signal's reason, as soon as there is one */
function failWhenAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const fail = () => reject(signal.reason);
  signal.addEventListener('abort', fail, { once: true });
  if (signal.aborted) fail();
  return promise;
}
