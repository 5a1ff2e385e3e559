import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ListWorkteamsCommand } from '@aws-sdk/client-sagemaker';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { useEmulator } from '../../support/emulator.ts';

const MAIN = fileURLToPath(new URL('../../../dev/sagemaker/main.ts', import.meta.url));
const emulator = useEmulator();
let running: ChildProcess | undefined;

vi.setConfig({ testTimeout: 20_000 }); // starting a process takes seconds on a busy machine

afterEach(() => {
  running?.kill('SIGKILL');
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = once(child, 'close').then(([code]) => ({ code, output }));
  return { child, ended, output: () => output };
}

test('serves, says what to export, prints a line for every call, and ends on Ctrl-C', async () => {
  const { child, ended, output } = run('--port', '0', '--region', 'eu-main-1', '--switch', 'notFoundText=bare');
  const ready = /export AWS_ENDPOINT_URL_SAGEMAKER=(http:\/\/127\.0\.0\.1:\d+)\n/;
  await vi.waitFor(() => expect(output()).toMatch(/ledger/), { timeout: 15_000 });
  const endpoint = ready.exec(output())?.[1];
  for (const name of ['AWS_ENDPOINT_URL_STS', 'AWS_REGION=eu-main-1', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    expect(output()).toContain(`  export ${name}`);
  }
  const client = emulator.client({ region: 'eu-main-1' }, endpoint === undefined ? {} : { endpoint });
  expect((await client.send(new ListWorkteamsCommand({}))).Workteams).toEqual([]); // and keeps its connection open
  await vi.waitFor(() => expect(output()).toMatch(/\d\d:\d\d:\d\d\.\d{3} {2}eu-main-1 {2}ListWorkteams {2}ok\n/));
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0 });
});

describe('says in one sentence what is wrong', () => {
  test('with a port that is taken', async () => {
    const { port } = new URL(emulator.endpoint);
    expect(await run('--port', port).ended).toEqual({
      code: 1,
      output: `Port ${port} is taken: stop what listens there, or choose another with --port.\n`,
    });
  });

  test('with a flag that makes no sense', async () => {
    const { code, output } = await run('--switch', 'names=odd').ended;
    expect(code).toBe(1);
    const sentence = 'the switch names takes one of caseSensitive, caseInsensitive, lowerCaseArn, not "odd"';
    expect(output).toBe(`${sentence}\n`);
  });
});

test('--help names every flag and switch', async () => {
  const { code, output } = await run('--help').ended;
  expect(code).toBe(0);
  for (const text of ['--port', '--switch', 'listTagsOnMissing', 'createToDescribeMs']) expect(output).toContain(text);
});
