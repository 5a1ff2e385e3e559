/** docs/guides/install.md, every command of it that needs neither Docker nor AWS nor a node, on clusters of its own. */
import { exec } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { goTool } from '../../dev/tools/go-tool.ts';
import { configOf, DEFAULT_ARGS } from '../support/chart.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { readBlocks, readGuide } from '../support/guide.ts';
import { containerOf, useHelm } from '../support/helm.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { type OwnControlPlane, useOwnControlPlane } from '../support/own-control-plane.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const PATH = 'docs/guides/install.md';
const NAMESPACE = 'workteam-operator';
const guide = readGuide(PATH);
const yaml = readBlocks(PATH, 'yaml');

/** What cannot be done here: there is no Docker, no AWS beyond work teams, and no node that pods would run on. */
const NOT_HERE = /^docker |^aws |rollout status|kubectl .* logs /;
const followed = new Set<string>();

const helm = useHelm();
const forHelm = useOwnControlPlane({ apply: 'nothing' });
const forKustomize = useOwnControlPlane({ apply: 'nothing' });
const emulator = useEmulator();
const operators = useOperators(emulator);
const place = { region: 'eu-west-1', account: '111122223333' };
const aws = awsAt(emulator, place);

/** Where the reader is: a folder with what the guide refers to, and files of one's own. */
let desk = '';
let operator: Operator | undefined;
beforeAll(async () => {
  desk = join(helm.folder, 'desk');
  await mkdir(join(desk, 'path'), { recursive: true });
  for (const name of ['deploy', 'crds']) await symlink(resolve(name), join(desk, name));
  await symlink(resolve('.'), join(desk, 'path/to'));
});
afterAll(async () => {
  await operator?.stop();
});

/** Does what the guide says under a heading, and returns what was said to it. */
async function follow(plane: OwnControlPlane, heading: string, which: RegExp = /./): Promise<string> {
  const commands = (guide.get(heading) ?? []).filter((command) => which.test(command) && !NOT_HERE.test(command));
  if (commands.length === 0) throw new Error(`the guide has no such command under "${heading}"`);
  const said: string[] = [];
  for (const command of commands) {
    followed.add(command);
    said.push(await shell(plane, command));
  }
  return said.join('');
}

async function shell({ address }: OwnControlPlane, command: string): Promise<string> {
  const path = [dirname(address.binaries.kubectl), dirname(await goTool('helm')), process.env.PATH].join(':');
  const env = { PATH: path, HOME: desk, KUBECONFIG: address.kubeconfig, KUBERC: 'off' };
  return new Promise((done, reject) => {
    exec(command, { cwd: desk, env }, (error, stdout, stderr) => {
      if (error === null && stderr === '') done(stdout);
      else reject(new Error(`${command}: ${stderr || error?.message}`));
    });
  });
}

const block = (heading: string) => yaml.get(heading)?.[0] ?? '';

const deployed = async (plane: OwnControlPlane, namespace = NAMESPACE, name = NAMESPACE) =>
  JSON.parse(await plane.run(['get', 'deployment', name, '--namespace', namespace, '-o', 'json'])).spec.template.spec
    .containers[0];

/** A pod of that Deployment takes over from the one before. */
async function restart(): Promise<Operator> {
  await operator?.stop();
  const { args } = await deployed(forHelm);
  const kubeconfig = await forHelm.writeKubeconfig({ token: await forHelm.tokenFor(NAMESPACE, NAMESPACE) });
  const flags = args.slice(DEFAULT_ARGS.length).filter((flag: string) => !flag.includes('-bind-address='));
  operator = await operators.start({ namespaces: [], place, leaseNamespace: NAMESPACE, kubeconfig, flags });
  return operator;
}

describe('with Helm', () => {
  test('the first roll-out writes nothing to AWS and says what it would meet', async () => {
    await writeFile(join(desk, 'values.yaml'), block('With Helm'));
    await follow(forHelm, 'With Helm');
    await restart();
    await follow(forHelm, 'The first roll-out', /^kubectl apply/);
    const looked = () => forHelm.run(['get', 'workteams', '-o', 'jsonpath={.items[*].status.conditions[*].message}']);
    await eventually(async () => (await looked()).includes('There is no work team "street-scenes"'), {
      what: 'a look',
    });
    expect(await follow(forHelm, 'The first roll-out', /^kubectl get/)).toMatch(
      /default +street-scenes +False +Observed/,
    );
    expect(operations(aws.calls().filter(({ write }) => write))).toEqual([]);
  });

  test('then it works', async () => {
    await writeFile(join(desk, 'values.yaml'), block('With Helm').replace('readOnly: true\n', ''));
    await follow(forHelm, 'The first roll-out', /^helm/);
    await restart();
    await forHelm.run(['wait', '--for=condition=Ready', 'workteam/street-scenes', '--timeout=60s']);
    expect(operations(aws.writes())).toEqual(['CreateWorkteam']);
    expect(aws.has('street-scenes')).toBe(true);
    expect(await follow(forHelm, 'See that it works')).toContain(NAMESPACE);
  });

  test('the CRD can be applied apart', async () => {
    expect(await follow(forHelm, 'Upgrades')).toContain('serverside-applied');
  });

  test('a second account has a release of its own, in its own namespaces', async () => {
    const values = block('Several accounts');
    await writeFile(join(desk, 'blue.yaml'), values);
    const { namespaces, aws: account, clusterId } = parse(values);
    for (const namespace of namespaces) await forHelm.run(['create', 'namespace', namespace]);
    await follow(forHelm, 'Several accounts');
    const name = 'workteams-blue-workteam-operator';
    expect(await configOf(await deployed(forHelm, 'workteams-blue', name))).toMatchObject({
      namespace: namespaces,
      clusterId,
      awsAccountId: account.accountId,
    });
    await forHelm.tokenFor('workteams-blue', name);
    for (const namespace of namespaces) await forHelm.run(['get', 'role', name, '--namespace', namespace]);
  });
});

describe('with kustomize', () => {
  test('the same comes about as with Helm', async () => {
    await writeFile(join(desk, 'kustomization.yaml'), block('With kustomize'));
    await follow(forKustomize, 'With kustomize');
    const container = await deployed(forKustomize);
    const fromHelm = containerOf(await helm.template({ values: parse(block('With Helm')) }));
    expect(await configOf(container)).toEqual(await configOf(fromHelm));
    expect(container.image).toBe(fromHelm.image);
    const role = '{.metadata.annotations.eks\\.amazonaws\\.com/role-arn}';
    const get = ['get', 'serviceaccount', NAMESPACE, '--namespace', NAMESPACE, '-o', `jsonpath=${role}`];
    expect(await forKustomize.run(get)).toBe('arn:aws:iam::111122223333:role/workteam-operator');
  });
});

describe('the guide', () => {
  test('has no command that was not followed, but for those that cannot be here', () => {
    const commands = [...guide.values()].flat().filter((command) => !NOT_HERE.test(command));
    expect(commands.filter((command) => !followed.has(command))).toEqual([]);
  });

  test('has policies that are JSON, for the service account that is created', () => {
    const policies = [...readBlocks(PATH, 'json').values()].flat();
    expect(policies.map((policy) => JSON.parse(policy).Version)).toEqual(['2012-10-17', '2012-10-17']);
    expect(policies[1]).toContain(`"system:serviceaccount:${NAMESPACE}:${NAMESPACE}"`);
  });
});
