/** What happens before and after the story: the operator is installed, awaited, and stopped. */
import { type Operator, RESYNC_INTERVAL } from './operator.ts';
import type { Site } from './site.ts';
import { type Stage, seconds } from './stage.ts';

const SERVICE_ACCOUNT = 'system:serviceaccount:workteam-operator:workteam-operator';
const PATIENCE_MS = 20_000;

/** Installs what deploy/kustomize says. @throws StepFailed */
export async function install(stage: Stage, { emulator }: Site): Promise<void> {
  const { cluster } = stage;
  const took = seconds(stage.now());
  await stage.check({
    where: 'Kubernetes',
    that: `${await cluster.version()}: a real API server on etcd, ready after ${took}`,
    expected: 'ok',
    found: () => cluster.readyz(),
  });
  await stage.check({
    where: 'SageMaker',
    that: `an emulator on ${emulator.endpoint}, no call so far`,
    expected: '[]',
    found: async () => (await (await fetch(`${emulator.endpoint}/_emulator/ledger`)).text()).trim(),
  });
  await stage.type('kubectl apply -k deploy/kustomize');
  await stage.type('kubectl wait --for=condition=Established crd/workteams.workteams.dev');
  stage.screen.prose(
    `No kubelet runs here, so that Deployment starts no pod. The demo runs the built program itself, as a process of its
    own, with a token of that very ServiceAccount. It compares AWS with the specs every ${RESYNC_INTERVAL}
    (--resync-interval=${RESYNC_INTERVAL}; 10m unless told otherwise).`,
  );
}

/** Waits until the operator is at work. @throws StepFailed */
export async function awaitOperator(stage: Stage, { pid, readyz, kubeconfig }: Operator): Promise<void> {
  const { cluster } = stage;
  await stage.check({
    where: 'Operator',
    that: `process ${pid} runs, and is ready`,
    expected: 200,
    found: async () => (await fetch(readyz)).status,
    within: PATIENCE_MS,
  });
  await stage.check({
    where: 'Kubernetes',
    that: 'knows it as ServiceAccount workteam-operator/workteam-operator',
    expected: SERVICE_ACCOUNT,
    found: () => cluster.userOf(kubeconfig),
  });
  await stage.check({
    where: 'Kubernetes',
    that: 'it leads: the Lease is held',
    expected: true,
    found: async () => (await cluster.leaseHolder()) !== '',
    within: PATIENCE_MS,
  });
}

/** Stops the operator as a kubelet would. @throws StepFailed when it does not go as it should */
export async function dismissOperator(stage: Stage, operator: Operator): Promise<void> {
  stage.screen.prose('Last, the operator itself is asked to stop (SIGTERM).');
  const { code, signal } = await operator.stop();
  await stage.check({
    where: 'Operator',
    that: 'ended with exit code 0',
    expected: 'exit code 0',
    found: () => (signal === null ? `exit code ${code}` : signal),
  });
  await stage.check({
    where: 'Kubernetes',
    that: 'the Lease is free for another one',
    expected: '',
    found: () => stage.cluster.leaseHolder(),
  });
}
