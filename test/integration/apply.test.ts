/**
 * Applying the same manifests again, in each of the ways there are, changes nothing and reports nothing, while the operator
 * runs and writes finalizers and statuses. Each way on a control plane of its own, on objects that it made itself.
 */
import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { useEmulator } from '../support/emulator.ts';
import { operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const EXAMPLES = 'deploy/examples';
const CRD = 'crds/workteams.workteams.dev.yaml';

/** A way to apply. */
interface Way {
  readonly way: string;
  readonly apply: 'server-side' | 'client-side';
  readonly flags: readonly string[];
}

const WAYS: readonly Way[] = [
  { way: 'kubectl apply', apply: 'client-side', flags: [] },
  { way: 'kubectl apply --server-side', apply: 'server-side', flags: ['--server-side'] },
];

describe.each(WAYS)('$way', ({ apply, flags }) => {
  const plane = useOwnControlPlane({ apply });
  const emulator = useEmulator();
  const operators = useOperators(emulator);
  let namespace: string;

  beforeAll(async () => {
    namespace = 'vision';
    await plane.run(['create', 'namespace', namespace]);
    await operators.start({
      namespaces: [],
      place: { region: 'eu-west-1' },
      kubeconfig: plane.operatorKubeconfig,
      flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
    });
  });

  const inNamespace = () => ['--namespace', namespace];
  const ready = () =>
    plane.run(['wait', '--for=condition=Ready', 'workteams', '--all', ...inNamespace(), '--timeout=60s']);
  const writes = () => operations(emulator.control.ledger().filter(({ effective }) => effective));

  /** Every object of the given manifests, with what changes when anything about it does. */
  async function versions(...manifests: readonly string[]): Promise<string[]> {
    const got = JSON.parse(await plane.run(['get', ...manifests, '-o', 'json']));
    const items: { kind: string; metadata: { name: string; uid: string; resourceVersion: string } }[] = got.items ?? [
      got,
    ];
    return items.map(
      ({ kind, metadata: { name, uid, resourceVersion } }) => `${kind} ${name} ${uid} ${resourceVersion}`,
    );
  }

  /** Passes when applying these once more reports nothing, changes nothing and makes nothing happen in AWS. */
  async function isIdempotent(
    manifests: readonly string[],
    input?: string,
    more: readonly string[] = [],
  ): Promise<void> {
    const options = input === undefined ? {} : { input };
    const before = { versions: await versionsOf(), writes: writes() };
    const diff = await plane.kubectl(['diff', ...flags, ...more, ...manifests], options);
    expect(diff).toEqual({ stdout: '', stderr: '', code: 0 });
    const applied = await plane.kubectl(['apply', ...flags, ...more, ...manifests], options);
    expect(applied).toMatchObject({ stderr: '', code: 0 });
    const lines = applied.stdout.trim().split('\n');
    // On the server's side kubectl does not say whether anything changed.
    const nothing = apply === 'client-side' ? / unchanged$/ : / serverside-applied$/;
    expect(lines.filter((line) => !nothing.test(line))).toEqual([]);
    expect({ versions: await versionsOf(), writes: writes() }).toEqual(before);

    async function versionsOf(): Promise<string[]> {
      return input === undefined ? versions(...manifests) : versions('workteams', ...inNamespace());
    }
  }

  test('all examples: nothing on a second run, with their statuses written in between', async () => {
    const manifests = ['-f', EXAMPLES, ...inNamespace()];
    await plane.run(['apply', ...flags, ...manifests]);
    await ready();
    const files = (await readdir(EXAMPLES)).filter((file) => file.endsWith('.yaml'));
    expect(writes()).toEqual(files.map(() => 'CreateWorkteam'));
    await isIdempotent(manifests);
  });

  test('an edit is shown by diff, arrives, and then there is nothing again', async () => {
    const example = await readFile(`${EXAMPLES}/oidc-team.yaml`, 'utf8');
    const input = example.replace('- street-reviewers', '- street-auditors');
    const manifests = ['-f', '-', ...inNamespace()];
    const diff = await plane.kubectl(['diff', ...flags, ...manifests], { input });
    expect(diff.code).toBe(1);
    const changes = diff.stdout.split('\n').filter((line) => /^[-+] /.test(line) && !line.includes('generation:'));
    expect(changes.map((line) => line.replace(/^([-+]) +/, '$1 '))).toEqual([
      '- - street-reviewers',
      '+ - street-auditors',
    ]);

    await plane.run(['apply', ...flags, ...manifests], { input });
    await ready();
    const place = { region: 'eu-west-1' };
    const team = emulator.control.teams(place).find(({ workteam }) => workteam.WorkteamName === 'street-scenes');
    expect(team?.workteam.MemberDefinitions).toEqual([
      { OidcMemberDefinition: { Groups: ['street-labelers', 'street-auditors'] } },
    ]);
    await isIdempotent(manifests, input);
  });

  test('the operator owns no field that a user writes, so that nobody meets a conflict', async () => {
    const { items } = JSON.parse(
      await plane.run(['get', 'workteams', ...inNamespace(), '-o', 'json', '--show-managed-fields']),
    );
    expect(items.length).toBeGreaterThanOrEqual(3);
    for (const { metadata } of items) {
      const ours = metadata.managedFields.filter(({ manager }: { manager: string }) => manager === 'workteam-operator');
      const owned = ours.map(
        ({ subresource, fieldsV1 }: { subresource?: string; fieldsV1: Record<string, object> }) => [
          subresource,
          ...Object.entries(fieldsV1).map(([part, fields]) => `${part} ${Object.keys(fields)}`),
        ],
      );
      expect(owned).toEqual([
        [undefined, 'f:metadata f:finalizers'],
        ['status', expect.stringMatching(/^f:status /)],
      ]);
    }
  });

  test('deploy/kustomize: nothing on a second run', async () => {
    await isIdempotent(['-k', 'deploy/kustomize']);
  });

  if (apply === 'client-side') {
    test('the same examples on the server’s side from now on: no conflict', async () => {
      const taken = await plane.kubectl(['apply', '--server-side', '-f', EXAMPLES, ...inNamespace()]);
      expect(taken).toMatchObject({ code: 0, stderr: '' });
    });
  } else {
    test('as Flux applies, by its own name: nothing on a second run, before and after an edit', async () => {
      const flux = ['--field-manager=kustomize-controller'];
      const manifests = ['-f', '-', ...inNamespace()];
      const example = await readFile(`${EXAMPLES}/team-with-topic-and-tags.yaml`, 'utf8');
      for (const description of ['Applied by Flux', 'Changed in Git']) {
        const named = example.replace('name: lidar', 'name: flux');
        const input = named.replace(/description: .*/, `description: ${description}`);
        await plane.run(['apply', ...flags, ...flux, ...manifests], { input });
        await ready();
        await isIdempotent(manifests, input, flux);
      }
    });
  }

  test('the CRD alone: nothing on a second run, before there are Workteams and with some', async () => {
    await plane.run(['delete', 'crd', 'workteams.workteams.dev', '--timeout=60s']);
    const manifests = ['-f', CRD];
    await plane.run(['apply', ...flags, ...manifests]);
    await plane.run(['wait', '--for=condition=Established', ...manifests, '--timeout=30s']);
    await isIdempotent(manifests);
    await plane.run(['apply', ...flags, '-f', EXAMPLES, ...inNamespace()]);
    await ready();
    await isIdempotent(manifests);
  });
});
