/** What the probes and Prometheus are told. */
import { beforeAll, describe, expect, test } from 'vitest';
import { apiProxy } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

describe('before it can work', () => {
  test('/readyz says what it waits for, /livez is fine, and when it comes /readyz is too', async () => {
    const { namespace } = await newNamespace('health');
    const proxy = await apiProxy(cluster.address);
    try {
      proxy.fault = () => 'reset';
      const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
      const place = { region: emulator.newRegion() };
      await using operator = await operators.start({ namespaces: [namespace], place, kubeconfig, until: 'listening' });
      await answers(operator, 503, 'not ready, waiting for the Kubernetes API\n');
      expect(await operator.get('/livez')).toEqual({ status: 200, body: 'ok\n' });

      // The first look, of one object, is to find out whether there is a cluster; the full list comes after it.
      proxy.fault = ({ path, query }) =>
        path.endsWith('/workteams') && query.get('limit') !== '1' ? { status: 500 } : undefined;
      await answers(operator, 503, 'not ready, waiting for the first list of Workteams\n');
      expect(await operator.get('/livez')).toEqual({ status: 200, body: 'ok\n' });

      proxy.fault = () => undefined;
      await answers(operator, 200, 'ok\n');
    } finally {
      await proxy.close();
    }
  });

  const answers = (operator: Operator, status: number, body: string) =>
    eventually(
      async () => {
        const answer = await operator.get('/readyz');
        return answer.status === status && answer.body === body;
      },
      { what: `/readyz to answer ${status} ${body}` },
    );
});

describe('at work', () => {
  const region = 'eu-health-1';
  let operator: Operator;
  let workteams: Workteams;

  beforeAll(async () => {
    workteams = await newNamespace('health');
    operator = await operators.start({ namespaces: [workteams.namespace], place: { region } });
    await workteams.create('measured', specWith());
    await workteams.untilReady('measured');
  });

  /** The value of a metric, by its name and labels. */
  async function value(sample: string): Promise<number> {
    const { body } = await operator.get('/metrics');
    const line = body.split('\n').find((each) => each.startsWith(`${sample} `));
    return Number(line?.slice(sample.length));
  }

  test('/metrics counts passes and calls to both sides', async () => {
    const call = (operation: string) =>
      `workteam_aws_requests_total{operation="${operation}",region="${region}",code="OK"}`;
    expect(await value(call('CreateWorkteam'))).toBe(1);
    expect(await value(call('DescribeWorkteam'))).toBe(1);
    // The pass that created it ends a moment after its status is there.
    const reconciled = 'controller_runtime_reconcile_total{controller="workteam",result="success"}';
    await eventually(async () => (await value(reconciled)) >= 1, { what: 'the pass to be counted' });
    const host = new URL(cluster.address.server).host;
    expect(await value(`rest_client_requests_total{code="200",method="PATCH",host="${host}"}`)).toBe(2);
  });

  test('/metrics shows the process itself, and no name of an object: those have no bound', async () => {
    const { body } = await operator.get('/metrics');
    expect(body).toMatch(/^process_resident_memory_bytes [1-9]/m);
    expect(body).not.toContain('measured');
    expect(body).not.toContain(workteams.namespace);
  });

  test('the probes are fine', async () => {
    expect(await operator.get('/livez')).toEqual({ status: 200, body: 'ok\n' });
    expect(await operator.get('/readyz')).toEqual({ status: 200, body: 'ok\n' });
  });
});
