/** The story, step by step. Each step acts, shows what changed, and verifies it on both sides. */
import { actualTeam, readiness, summary, type Team, teamLine, wantedTeam, writesIn } from './facts.ts';
import { RESYNC_INTERVAL } from './operator.ts';
import { type Stage, seconds } from './stage.ts';
import { ledgerTable, membersTable, repairTable, replacementTable, teamsTable } from './tables.ts';

export interface Step {
  readonly title: string;
  /** @throws StepFailed when anything is not as it should be */
  play(stage: Stage): Promise<void>;
}

/** Far more than anything here takes, also on a busy machine. */
const PATIENCE_MS = 20_000;

const OIDC = { file: 'deploy/examples/oidc-team.yaml', team: 'street-scenes', region: 'eu-west-1' };
const COGNITO = { file: 'deploy/examples/cognito-team.yaml', region: 'us-east-1' };
const READY = ['invoices: Ready True (Synced)', 'street-scenes: Ready True (Synced)'];

/** The groups of the OIDC team after the edit, and what somebody makes of them. */
const EDITED = ['night-labelers', 'street-reviewers'];
const MEDDLED = ['contractors', 'street-reviewers'];

const CREATES = [
  'operator CreateWorkteam eu-west-1 street-scenes (street-labelers, street-reviewers) ok',
  'operator CreateWorkteam us-east-1 Invoices-US (accountants, invoice-reviewers) ok',
];
const UPDATE = 'operator UpdateWorkteam eu-west-1 street-scenes (night-labelers, street-reviewers) ok';
const MEDDLING = 'console UpdateWorkteam eu-west-1 street-scenes (contractors, street-reviewers) ok';
const DELETES = [
  'operator DeleteWorkteam eu-west-1 street-scenes ok',
  'operator DeleteWorkteam us-east-1 Invoices-US ok',
];

const create: Step = {
  title: 'Create two work teams',
  async play(stage) {
    stage.screen.prose(
      `One of each kind, in two regions: a region has one private workforce, and its people sign in either through an
      OpenID Connect provider or through Amazon Cognito.`,
    );
    const mark = stage.aws.ledger().length;
    const before = teams(stage);
    const began = stage.now();
    await stage.type(`kubectl apply -f ${OIDC.file}`);
    await stage.type(`kubectl apply -f ${COGNITO.file}`);
    await stage.type('kubectl wait --for=condition=Ready workteams --all --timeout=20s');
    const took = stage.now() - began;
    stage.screen.table(membersTable(before, teams(stage)));
    await bothAreReady(stage, `both Workteams are Ready, ${seconds(took)} after the first command began`);
    const wanted = await specified(stage);
    await teamsAre(stage, wanted, 'two work teams, each as its spec says and tagged with its owner');
    await wrote(stage, mark, CREATES, 'one CreateWorkteam for each, and no other write');
  },
};

const look: Step = {
  title: 'Look at them',
  async play(stage) {
    const shown = await stage.type('kubectl get workteams');
    const [, ...rows] = shown.trim().split('\n');
    await stage.check({
      where: 'Kubernetes',
      that: 'both are there, READY and named as in AWS',
      expected: ['invoices True Synced Invoices-US', 'street-scenes True Synced street-scenes'],
      found: () => rows.map((row) => row.split(/\s+/).slice(0, 4).join(' ')),
    });
  },
};

const edit: Step = {
  title: 'Replace a group',
  async play(stage) {
    stage.screen.prose(
      'The groups in the spec are the whole team: whoever is in none of them any more is off the team.',
    );
    const mark = stage.aws.ledger().length;
    const before = groups(stage);
    const began = stage.now();
    await stage.type(`sed s/street-labelers/night-labelers/ ${OIDC.file} | kubectl apply -f -`);
    await untilGroupsAre(stage, EDITED);
    const took = stage.now() - began;
    stage.screen.table(replacementTable(before, groups(stage)));
    await stage.check({
      where: 'SageMaker',
      that: `the team has exactly the groups of the edited file, ${seconds(took)} after the command began`,
      expected: EDITED,
      found: () => groups(stage),
    });
    await teamsAre(stage, await specified(stage), 'nothing else about the teams has changed');
    await wrote(stage, mark, [UPDATE], 'one UpdateWorkteam, with the whole list');
    await bothAreReady(stage, 'the Workteam is Ready for its new spec');
  },
};

const drift: Step = {
  title: 'Change a team behind its back',
  async play(stage) {
    stage.screen.prose(
      `In the AWS console, somebody puts the group "contractors" on the team and takes "night-labelers" off it. The operator
      notices when it compares AWS with the specs the next time: here every ${RESYNC_INTERVAL}.`,
    );
    const mark = stage.aws.ledger().length;
    const wanted = await specified(stage);
    stage.aws.actAsConsole({ region: OIDC.region }, 'UpdateWorkteam', {
      WorkteamName: OIDC.team,
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: MEDDLED } }],
    });
    const meddled = groups(stage);
    const began = stage.now();
    await untilGroupsAre(stage, EDITED);
    const took = stage.now() - began;
    stage.screen.table(repairTable(EDITED, meddled, groups(stage)));
    await teamsAre(stage, wanted, `the team is as its spec says again, ${seconds(took)} after the change`);
    await wrote(stage, mark, [MEDDLING, UPDATE], "one UpdateWorkteam by the operator, besides the console's");
    await bothAreReady(stage, 'the Workteam is Ready');
    await stage.check({
      where: 'Kubernetes',
      that: 'its spec asks for what it asked for before',
      expected: wanted,
      found: () => specified(stage),
    });
  },
};

const refusal: Step = {
  title: 'Apply a manifest with mistakes',
  async play(stage) {
    stage.screen.prose(
      'A group name with a space in it, and members of two kinds. The API server itself refuses both.',
    );
    const mark = stage.aws.ledger().length;
    const shown = await stage.type('kubectl apply -f dev/demo/refused.yaml', { fails: true });
    const advice = ['all members must be of one kind', 'write the group as your identity provider spells it'];
    await stage.check({
      where: 'Kubernetes',
      that: 'the message says what to write instead',
      expected: advice,
      found: () => advice.filter((words) => shown.includes(words)),
    });
    await bothAreReady(stage, 'no Workteam was stored besides the two that were there');
    await stage.check({
      where: 'SageMaker',
      that: 'has not heard of it',
      expected: [],
      found: () =>
        stage.aws
          .ledger(mark)
          .filter(({ workteamName, write }) => write || workteamName === 'night-shift')
          .map(({ operation, workteamName }) => `${operation} ${workteamName}`),
    });
  },
};

const remove: Step = {
  title: 'Delete them',
  async play(stage) {
    const mark = stage.aws.ledger().length;
    const before = teams(stage);
    await stage.type('kubectl delete workteams --all --timeout=20s');
    stage.screen.table(teamsTable(before, teams(stage)));
    await stage.check({
      where: 'Kubernetes',
      that: 'no Workteam is left',
      expected: [],
      found: async () => (await stage.cluster.workteams()).map(readiness),
    });
    await teamsAre(stage, [], 'no work team is left');
    await wrote(stage, mark, DELETES, 'one DeleteWorkteam for each, and no other write');
  },
};

const account: Step = {
  title: 'Everything that was written to AWS',
  async play(stage) {
    const calls = stage.aws.ledger();
    stage.screen.table(ledgerTable(writesIn(calls), stage.began));
    const reads = calls.length - writesIn(calls).length;
    stage.screen.prose(`* by hand, in the console. Besides these there were ${reads} calls, which only read.`);
    const all = [MEDDLING, ...CREATES, ...DELETES, UPDATE, UPDATE];
    await wrote(stage, 0, all, 'the operator wrote six times: each create, edit, repair and delete once');
  },
};

export const story: readonly Step[] = [create, look, edit, drift, refusal, remove, account];

/** All teams in SageMaker, in the regions of the story, as they truly are. */
function teams({ aws }: Stage): Team[] {
  return [OIDC, COGNITO].flatMap(({ region }) => aws.teams({ region }).map((team) => actualTeam(region, team)));
}

/** The groups of the OIDC team in SageMaker; none when there is no such team. */
function groups(stage: Stage): readonly string[] {
  return teams(stage).find(({ region }) => region === OIDC.region)?.members ?? [];
}

/** The teams that there should be: what the Workteams in the cluster ask for. */
async function specified({ cluster }: Stage): Promise<string[]> {
  const id = await cluster.id();
  return (await cluster.workteams()).map((workteam) => teamLine(wantedTeam(workteam, id))).toSorted();
}

/** Waits, no longer than is sensible, and judges nothing: that is for the checks. */
async function untilGroupsAre(stage: Stage, expected: readonly string[]): Promise<void> {
  await stage.until({ expected, found: () => groups(stage), within: PATIENCE_MS });
}

async function teamsAre(stage: Stage, expected: readonly string[], that: string): Promise<void> {
  await stage.check({ where: 'SageMaker', that, expected, found: () => teams(stage).map(teamLine) });
}

async function bothAreReady(stage: Stage, that: string): Promise<void> {
  const found = async () => (await stage.cluster.workteams()).map(readiness);
  await stage.check({ where: 'Kubernetes', that, expected: READY, found, within: PATIENCE_MS });
}

/** That these, sorted, are all writes after the first `mark` calls. */
async function wrote(stage: Stage, mark: number, expected: readonly string[], that: string): Promise<void> {
  await stage.check({ where: 'SageMaker', that, expected, found: () => summary(writesIn(stage.aws.ledger(mark))) });
}
