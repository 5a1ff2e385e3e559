/**
 * Lines that no API server sends, slipped into a watch: the reflector lists again and knows what there is and nothing else, and the
 * operator does what it would have done.
 */
import { expect, test } from 'vitest';
import { apiProxy } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { useReflectorScenes } from '../support/reflected.ts';
import { specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { useWorkteams } from '../support/workteams.ts';

const cluster = controlPlane();
const scenes = useReflectorScenes();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

/** An event about an object with these members, which is not there. */
const event = (type: string, object: unknown) => JSON.stringify({ type, object });
const known = { name: 'ghost', namespace: 'nowhere', uid: 'u', resourceVersion: '1' };

/** Lines after which nothing that the stream says can be relied on. */
const GARBAGE: readonly string[] = [
  'garbage',
  '<html><body>502 Bad Gateway</body></html>',
  '{"type":"ADDED","object":{"metadata":{"na',
  '\u0000\u0001\u0002',
  'null',
  'true',
  '7',
  '"ADDED"',
  '[]',
  '{}',
  '['.repeat(10_000),
  event('PONDERED', { metadata: known }),
  event('ADDED', null),
  event('ADDED', 'text'),
  event('ADDED', []),
  event('MODIFIED', {}),
  event('MODIFIED', { metadata: null }),
  event('MODIFIED', { metadata: 'text' }),
  event('DELETED', { metadata: { ...known, name: undefined } }),
  event('ADDED', { metadata: { ...known, name: ['ghost'] } }),
  event('ADDED', { metadata: { ...known, uid: 7 } }),
  event('ADDED', { metadata: { ...known, resourceVersion: {} } }),
  event('BOOKMARK', { metadata: {} }),
  event('ERROR', null),
  event('ERROR', 'text'),
  event('ERROR', { code: 'text', message: {}, details: [] }),
  // More than fits into memory many times over; the limit is 16 MiB.
  `{"type":"ADDED","object":{"filler":"${'x'.repeat(20 * 1024 * 1024)}"}}`,
];

test('whatever line there is, the reflector lists again, and knows what there is', { timeout: 120_000 }, async () => {
  await using scene = await scenes.open();
  const { names, store, errors, reflector } = scene.reflect();
  await reflector.synced;
  for (const [index, line] of GARBAGE.entries()) {
    const [lists, shown] = [scene.lists(), line.slice(0, 80)];
    const [watch] = await eventually(() => scene.proxy.watches.length === 1 && scene.proxy.watches, {
      what: 'a watch',
    });
    watch?.write(`${line}\n`);
    await eventually(() => scene.lists() > lists, { what: `a new list after ${shown}` });
    await scene.maps.create(`after-${index}`);
    await eventually(() => names().includes(`after-${index}`), { what: `what is true after ${shown}` });
    expect(names(), shown).toHaveLength(index + 1);
    expect(store.list(), shown).toHaveLength(index + 1);
  }
  expect(errors.length).toBeGreaterThanOrEqual(GARBAGE.length);
});

/** Events that are whole, about Workteams as no schema lets them be; the lists that follow do not have them. */
const MALFORMED: readonly string[] = [
  event('ADDED', { metadata: known }),
  event('ADDED', {
    metadata: { ...known, name: 'a', generation: 'x', finalizers: 7, annotations: 'text' },
    spec: null,
  }),
  event('MODIFIED', { metadata: { ...known, name: 'b', deletionTimestamp: 7 }, spec: [], status: 'text' }),
  event('DELETED', { metadata: { ...known, name: 'c' }, spec: 7 }),
  event('ADDED', { metadata: { ...known, name: '../../x' }, spec: { memberDefinitions: { a: 1 }, region: {} } }),
];

test('an operator whose watch says such things goes on, and writes nothing because of them', async () => {
  const proxy = await apiProxy(cluster.address);
  try {
    const region = emulator.newRegion();
    const workteams = await newNamespace('fuzz-watch');
    const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
    const place = { region };
    await using operator = await operators.start({ namespaces: [workteams.namespace], place, kubeconfig });
    await workteams.create('before', specWith());
    await workteams.untilReady('before', PATIENCE_MS);
    const watch = await eventually(() => proxy.watches[0], { what: 'a watch' });
    for (const line of MALFORMED) watch.write(`${line}\n`);
    await workteams.create('meanwhile', specWith());
    await workteams.untilReady('meanwhile', PATIENCE_MS);
    watch.write(`${GARBAGE[0]}\n`);
    await workteams.create('after', specWith());
    await workteams.untilReady('after', PATIENCE_MS);
    await workteams.delete('before');
    await workteams.untilGone('before', PATIENCE_MS);
    const aws = awsAt(emulator, { region });
    const writes = [...Array(3).fill('CreateWorkteam'), 'DeleteWorkteam'];
    expect(operations(aws.writes())).toEqual(writes);
    expect((await operator.get('/livez')).status).toBe(200);
    expect((await operator.get('/metrics')).status).toBe(200);
  } finally {
    await proxy.close();
  }
});
