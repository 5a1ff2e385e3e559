/**
 * Whatever is edited, however fast, in the end SageMaker has what the spec says: 1,000 random edit sequences, each sent
 * without waiting in between. They are the same in every run; SEED=<number> in the environment makes others.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { mergePatch } from '../../src/kubernetes/merge-patch.ts';
import type { WorkteamSpec } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { awsAt } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { cognitoMembers, specWith } from '../support/specs.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';
import { deviations, type Edit, edited, editsOf, type Kind } from './spec-edits.ts';

const ROUNDS = 10;
/** On two idle cores it takes about a minute. */
const LONGEST_MS = 600_000;
const TEAMS_OF_EACH_KIND = 50;
const SEED = Number(process.env.SEED ?? 20_300_101);

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

/** One Workteam over all rounds, with the spec that it is to have. */
interface Subject {
  readonly name: string;
  readonly kind: Kind;
  spec: WorkteamSpec;
}

const regions: Record<Kind, string> = { oidc: '', cognito: '' };
const subjects: Subject[] = [];
let workteams: Workteams;
let clusterId: string;

beforeAll(async () => {
  workteams = await newNamespace('edits');
  regions.oidc = emulator.newRegion();
  regions.cognito = emulator.newRegion();
  for (const region of Object.values(regions)) emulator.control.setup({ region, quota: TEAMS_OF_EACH_KIND });
  clusterId = await cluster.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
  await operators.start({
    namespaces: [workteams.namespace],
    place: { region: regions.oidc },
    flags: [
      ...['--concurrency', '16', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
      ...['--log-level', 'info'],
    ],
  });
  for (const kind of ['oidc', 'cognito'] as const) {
    for (let number = 0; number < TEAMS_OF_EACH_KIND; number++) {
      const members = kind === 'oidc' ? {} : { region: regions.cognito, memberDefinitions: cognitoMembers('a') };
      subjects.push({ name: `${kind}-${number}`, kind, spec: specWith(members) });
    }
  }
  await Promise.all(subjects.map(({ name, spec }) => workteams.create(name, spec)));
  await Promise.all(subjects.map(({ name }) => workteams.untilReady(name)));
});

/** A sequence of edits for each subject. */
const round = fc
  .tuple(
    fc.array(editsOf('oidc'), { minLength: TEAMS_OF_EACH_KIND, maxLength: TEAMS_OF_EACH_KIND, size: 'max' }),
    fc.array(editsOf('cognito'), { minLength: TEAMS_OF_EACH_KIND, maxLength: TEAMS_OF_EACH_KIND, size: 'max' }),
  )
  .map((sequences) => sequences.flat());

/** Sends the edits one right after the other; returns what is wrong in the end. */
async function play(subject: Subject, edits: readonly Edit[]): Promise<string[]> {
  const { name, kind } = subject;
  for (const edit of edits) {
    const next = edited(subject.spec, edit, workteams.get(name));
    const patch = mergePatch(subject.spec, next);
    subject.spec = next;
    if (patch !== undefined) expect((await workteams.edit(name, patch)).spec).toEqual(next);
  }
  await workteams.untilReady(name, 120_000);
  const team = awsAt(emulator, { region: regions[kind] }).team(name);
  return deviations(subject.spec, team, `${clusterId}/${workteams.namespace}/${name}`).map(
    (deviation) => `${name}: ${deviation}, after ${JSON.stringify(edits)}`,
  );
}

test(
  `${ROUNDS * TEAMS_OF_EACH_KIND * 2} sequences of edits end with SageMaker equal to the spec`,
  async () => {
    console.log(`SEED=${SEED}`);
    const property = fc.asyncProperty(round, async (sequences) => {
      const problems = await Promise.all(subjects.map((subject, index) => play(subject, sequences[index] ?? [])));
      expect(problems.flat()).toEqual([]);
    });
    // Rounds build on each other, so one that fails cannot be made smaller.
    const { failed, numRuns, errorInstance } = await fc.check(property, {
      numRuns: ROUNDS,
      seed: SEED,
      endOnFailure: true,
    });
    if (failed) throw new Error(`round ${numRuns} of SEED=${SEED} failed`, { cause: errorInstance });
  },
  LONGEST_MS,
);
