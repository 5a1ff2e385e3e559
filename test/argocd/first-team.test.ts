/**
 * docs/guides/first-team.md by a stranger with a shell, from an empty cluster to an adopted work team that Argo CD syncs, and the
 * commands of `argocd` in docs/guides/argo-cd.md and docs/guides/deleting.md. The tests go on where the one before ended.
 */
import { describe, expect, test, vi } from 'vitest';
import { OWNER_TAG_KEY, REQUESTED_AT_ANNOTATION, type Workteam } from '../../src/workteam/schema.ts';
import { eventually } from '../support/eventually.ts';
import { useLaptop, writesOn } from '../support/laptop.ts';
import { readerOf, run } from '../support/reader.ts';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 });

/** What the reader puts in the place of names. */
const filled: Record<string, string> = { APP: 'work-teams', NAME: 'lidar', 'OPERATOR-APP': 'workteam-operator' };
const laptop = useLaptop({
  argocd: true,
  helm: true,
  fill: (text) => text.replaceAll(/\b(OPERATOR-APP|APP|NAME)\b/g, (name) => filled[name] ?? name),
});
const { desk, guide } = laptop;
const argoCd = readerOf('docs/guides/argo-cd.md', desk);

const GIT = 'Into Git';
/** The blocks from one that begins so up to one that begins so. */
function between(first: string, end: string): (text: string) => boolean {
  let inside = false;
  return (text) => {
    if (text.startsWith(first)) inside = true;
    if (text.startsWith(end)) inside = false;
    return inside;
  };
}
const beginsWith = (part: string) => (text: string) => text.startsWith(part);

const lidar = async () => (await laptop.teams()).find(({ workteam }) => workteam.WorkteamName === 'Lidar');
const writes = async () => writesOn(await laptop.ledger(), 'Lidar');
const kubectl = (command: string) => run(`kubectl ${command}`, desk);
const workteam = async (): Promise<Workteam> => JSON.parse(await kubectl('get workteam lidar -o json'));
const head = async () => (await run('git -C ~/work-teams rev-parse HEAD', desk)).trim();
const application = async () =>
  JSON.parse(await kubectl('get application work-teams --namespace argocd -o json')).status;

describe('from an empty cluster to an adopted team that Argo CD syncs', () => {
  test('three terminals', () => laptop.openTerminals('npm run control-plane -- --argo-cd'));

  test('a team that was there before is taken over', async () => {
    await guide.follow('A team', (text) => !/console|events/.test(text));
    await guide.follow('A team that was there before');
    expect(await writes()).toEqual(['AddTags']);
  });

  test('Argo CD takes over the Workteam, and nothing is written to AWS', async () => {
    const [before, generation] = [await lidar(), (await workteam()).metadata.generation];
    const said = (await guide.follow(GIT, between('git init', 'sed -i'))).at(-1);
    expect(said).toMatch(/^Sync Status: +Synced to main /m);
    expect(said).toMatch(/^Health Status: +Healthy$/m);
    const { sync, health } = await application();
    expect([sync.status, sync.revision, health.status]).toEqual(['Synced', await head(), 'Healthy']);
    const { metadata } = await workteam();
    expect(metadata.annotations?.['argocd.argoproj.io/tracking-id']).toMatch(/^work-teams:workteams\.dev\/Workteam:/);
    expect(metadata.generation).toBe(generation);
    expect(await lidar()).toEqual(before);
    expect(await writes()).toEqual(['AddTags']);
  });

  test('a commit adds a group, which is in the team when the Application is well again', async () => {
    const said = (await guide.follow(GIT, between('sed -i', 'argocd app delete'))).join('\n');
    expect(said).toContain('+ lidar-reviewers  will get access');
    const { sync, health } = await application();
    expect([sync.status, sync.revision, health.status]).toEqual(['Synced', await head(), 'Healthy']);
    expect((await lidar())?.workteam.MemberDefinitions).toEqual([
      { OidcMemberDefinition: { Groups: ['lidar', 'lidar-reviewers'] } },
    ]);
    expect(await writes()).toEqual(['AddTags', 'UpdateWorkteam']);
  });
});

describe('the commands of docs/guides/argo-cd.md', () => {
  test('Tell Argo CD about Workteams: its command line judges one as Argo CD does', async () => {
    const said = await argoCd.follow('Tell Argo CD about Workteams');
    expect(said.at(-1)).toBe('STATUS: Healthy\nMESSAGE: Work team "Lidar" is as the spec says.\n');
  });

  test('a sync, and the actions', async () => {
    const [said] = await argoCd.follow('What the health means');
    expect(said).toMatch(/^Phase: +Succeeded$/m);
    const act = (action: string) => argoCd.follow('Actions', beginsWith(`argocd app actions run APP ${action} `));
    const until = (what: string, so: (it: Workteam) => boolean) =>
      eventually(async () => so(await workteam()), { what, within: 60_000 });
    const reason = ({ status }: Workteam) => status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

    await act('reconcile');
    const asked = (await workteam()).metadata.annotations?.[REQUESTED_AT_ANNOTATION];
    expect(asked).toBeDefined();
    await until('the look', ({ status }) => status?.lastHandledReconcileAt === asked);
    await act('suspend');
    await until('the suspension', (it) => it.spec.suspend === true && reason(it) === 'Suspended');
    await act('resume');
    await until('the resumption', (it) => it.spec.suspend === undefined && reason(it) === 'Synced');
    expect(await writes()).toEqual(['AddTags', 'UpdateWorkteam']);
  });
});

test('the Application goes and the Workteam stays; cleaned up, the work team stays, and is nobody’s', async () => {
  await guide.follow(GIT, between('argocd app delete', 'nothing after it'));
  expect((await workteam()).metadata).not.toHaveProperty('deletionTimestamp');
  await guide.follow('Clean up');
  const left = await laptop.teams();
  expect(left.map((team) => [team.workteam.WorkteamName, team.tags[OWNER_TAG_KEY]])).toEqual([['Lidar', undefined]]);
});

describe('uninstalling, after the examples of docs/guides/argo-cd.md', () => {
  const teams = ['street-labelers', 'street-reviewers'];
  const names = async () => (await laptop.teams()).map((team) => team.workteam.WorkteamName).toSorted();

  test('both are synced, the operator from its chart', async () => {
    const repository = '$HOME/platform';
    await run(
      [
        `git init --quiet --initial-branch main ${repository}`,
        `cp -r deploy/examples/argocd/teams ${repository}`,
        `mkdir ${repository}/deploy && cp -r deploy/chart ${repository}/deploy`,
        `git -C ${repository} add --all && git -C ${repository} commit --quiet --message Platform`,
        `git -C ${repository} tag v0.1.0`,
        'cp -r deploy/examples/argocd ~/applications',
        `sed -i "s|https://git.example.com/.*|file://${repository}|" ~/applications/*.yaml`,
        'kubectl apply -f ~/applications',
        'argocd app wait work-teams --timeout 120',
        'argocd app wait workteam-operator --sync --operation --timeout 120',
      ].join(' && '),
      desk,
    );
    expect(await names()).toEqual(['Lidar', ...teams]);
    expect(await kubectl('get deployment --namespace workteam-operator -o name')).toBe(
      'deployment.apps/workteam-operator\n',
    );
  });

  test('the operator can be left to whoever stops everything at once', async () => {
    const automated = async () =>
      kubectl('get application workteam-operator --namespace argocd -o jsonpath={.spec.syncPolicy.automated}');
    expect(await automated()).toContain('"selfHeal":true');
    await readerOf('docs/guides/deleting.md', desk).follow('Stop everything at once', beginsWith('argocd '));
    expect(await automated()).toBe('');
  });

  test('deletes the work teams, then the operator; the CRD and the namespace stay', async () => {
    await argoCd.follow('Pruning and deleting');
    expect(await names()).toEqual(['Lidar']);
    const gone = async () => (await kubectl('get applications --namespace argocd -o name')) === '';
    await eventually(gone, { what: 'the Application of the operator to be gone', within: 60_000 });
    expect(await kubectl('get deployment --namespace workteam-operator -o name')).toBe('');
    expect(await kubectl('get crd/workteams.workteams.dev namespace/workteam-operator -o name')).toBe(
      'customresourcedefinition.apiextensions.k8s.io/workteams.workteams.dev\nnamespace/workteam-operator\n',
    );
  });
});

// The rest is played by test/integration/first-team.test.ts, too.
guide.leavesNothingOut(({ heading, text }) => heading !== GIT && !text.includes('--argo-cd'));
argoCd.leavesNothingOut();
