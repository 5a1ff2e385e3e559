/** The guide on `plan`, followed command by command, and the scripts of the examples for CI, run as they are. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { planReport } from '../../src/workteam/preview-schema.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { builtBundle } from '../support/bundle.ts';
import { useCommand } from '../support/command.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { awsAt } from '../support/ledger.ts';

vi.setConfig({ testTimeout: 120_000 });

const cluster = controlPlane();
const emulator = useEmulator();
const { home } = useCommand();
const GUIDE = readFileSync('docs/guides/plan.md', 'utf8');
const REGION = 'eu-west-1';
const tools = join(home, 'bin');

/** Runs a script as it stands in a folder with manifests; how it ended. */
function bash(script: string, more: Readonly<Record<string, string>> = {}) {
  const env = {
    ...emulator.environment({ region: REGION }),
    PATH: [tools, process.env.PATH].join(delimiter),
    KUBECONFIG: cluster.address.kubeconfig,
    ...more,
  };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile('bash', ['-e', '-c', script], { cwd: home, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Puts a program of that name first on the path. */
function tool(name: string, lines: string): void {
  writeFileSync(join(tools, name), `#!/bin/bash\n${lines}\n`);
  chmodSync(join(tools, name), 0o755);
}

/** A team as the guide's example finds it. */
function someonesTeam(name: string): void {
  awsAt(emulator, { region: REGION }).console('CreateWorkteam', {
    WorkteamName: name,
    Description: 'Reads scans',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['radiology', 'radiology-interns'] } }],
    Tags: [{ Key: OWNER_TAG_KEY, Value: `prod-eu/vision/${name}` }],
  });
}

const TEAM = `apiVersion: workteams.dev/v1alpha1
kind: Workteam
metadata: { name: radiology, namespace: vision }
spec:
  region: ${REGION}
  description: Reads X-ray images
  memberDefinitions:
    - oidcMemberDefinition: { groups: [radiology, night-shift] }
`;

beforeAll(() => {
  mkdirSync(tools);
  mkdirSync(join(home, 'teams'));
  writeFileSync(join(home, 'teams', 'radiology.yaml'), TEAM);
  tool('workteam-operator', `exec ${process.execPath} ${builtBundle()} "$@"`);
  someonesTeam('radiology');
});

describe('the guide', () => {
  const commands = [...GUIDE.matchAll(/^ {4,}((?:workteam-operator|kubectl) .*)$/gm)].flatMap(
    ([, command]) => command ?? [],
  );

  test('has commands', () => {
    expect(commands).toHaveLength(4);
  });

  test.for(commands.filter((command) => command.startsWith('workteam-operator')))('%s', async (command) => {
    const { code, stdout, stderr } = await bash(command);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    if (command.includes('json')) expect(planReport.parse(JSON.parse(stdout)).workteams).toHaveLength(1);
    else expect(GUIDE).toContain(stdout.replace(/\n\nNote: .*/, ''));
  });

  test.for(commands.filter((command) => command.startsWith('kubectl')))('%s', async (command) => {
    tool('kubectl', `exec ${cluster.address.binaries.kubectl} "$@"`);
    expect(await bash(command)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test('the message of a mistake is the one that is shown', async () => {
    const bad = join(home, 'bad', 'teams');
    mkdirSync(bad, { recursive: true });
    const text = TEAM.replace(`  region: ${REGION}\n`, '').concat('  region: Europe\n');
    writeFileSync(join(bad, 'radiology.yaml'), text);
    const { code, stdout } = await bash(`cd bad && workteam-operator plan -f teams --cluster-id prod-eu`);
    expect(code).toBe(1);
    const [line = ''] = stdout.split('\n');
    expect(GUIDE.replaceAll('\n', ' ')).toContain(`\`${line}\``);
  });
});

describe('the examples for CI', () => {
  interface Steps {
    jobs: { plan: { steps: { name?: string; run?: string }[] } };
  }
  const example = (name: string) => parse(readFileSync(`deploy/examples/ci/${name}`, 'utf8'));
  const stepOf = (name: string): string => {
    const { jobs } = example('github-actions.yaml') as Steps;
    return jobs.plan.steps.find((step) => step.name === name)?.run ?? '';
  };
  const forCluster = (script: string) => script.replaceAll('CLUSTER-ID', 'prod-eu');

  beforeAll(() => {
    // In the container: the manifests are the working folder, and node is the entrypoint.
    tool(
      'docker',
      `while [ "$1" != /app/workteam-operator.js ]; do shift; done; shift\nexec ${process.execPath} ${builtBundle()} "$@"`,
    );
    tool('node', `shift; exec ${process.execPath} ${builtBundle()} "$@"`);
    tool('gh', 'echo "$@" > gh.txt; cat plan.md > comment.md');
    tool('curl', 'cat plan.md > comment.md');
  });
  const comment = () => readFileSync(join(home, 'comment.md'), 'utf8');

  test('GitHub: the plan becomes a comment, and changes are no failure', async () => {
    expect(await bash(forCluster(stepOf('Plan')))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('will lose access'),
    });
    expect((await bash(stepOf('Comment'), { PULL_REQUEST: '7' })).code).toBe(0);
    expect(readFileSync(join(home, 'gh.txt'), 'utf8')).toMatch(/^pr comment 7 /);
    expect(comment()).toMatch(/^```\nWorkteam vision\/radiology: [\s\S]*\n```\n$/);
  });

  test('GitLab: the same', async () => {
    const { plan } = example('gitlab-ci.yaml') as { plan: { script: string[] } };
    const variables = { AWS_TOKEN: 'x', AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'), COMMENT_TOKEN: 'x' };
    expect(await bash(forCluster(plan.script.join('\n')), variables)).toMatchObject({ code: 0 });
    expect(comment()).toMatch(/^```\nWorkteam vision\/radiology: [\s\S]*\n```\n$/);
  });

  test('a mistake fails the job, and is in the comment', async () => {
    writeFileSync(join(home, 'teams', 'bad.yaml'), TEAM.replace('name: radiology', 'name: Radiology'));
    expect((await bash(forCluster(stepOf('Plan')))).code).toBe(1);
    expect(readFileSync(join(home, 'plan.md'), 'utf8')).toContain('teams/bad.yaml:3: metadata.name: Invalid value');
  });
});
