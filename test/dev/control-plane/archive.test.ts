import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { downloadArchive, unpackArchive } from '../../../dev/control-plane/archive.ts';
import { type Guardian, openGuardian } from '../../../dev/control-plane/guarded.ts';
import type { Supply } from '../../../dev/control-plane/resolve.ts';
import { TOOLS } from '../../../dev/control-plane/versions.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let base: string;
let guardian: Guardian;
let supply: Supply;
let answer: (response: ServerResponse) => void;
let server: Server;
let url: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'archive-'));
  guardian = await openGuardian(join(base, 'scratch'));
});
beforeEach(async () => {
  const entry = join(base, randomUUID());
  supply = { tools: TOOLS, entry, platform: 'linux-amd64', guardian, onProgress: () => {} };
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/archive.tar.gz`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
afterAll(async () => {
  await guardian.close();
  await rm(base, { recursive: true });
});

/** An archive laid out as the official one. */
async function archiveOf(tools: readonly string[]): Promise<Buffer> {
  const source = join(base, randomUUID());
  const folder = join(source, 'controller-tools', 'envtest');
  await mkdir(folder, { recursive: true });
  for (const tool of tools) await writeFile(join(folder, tool), `this is ${tool}`);
  const file = join(source, 'archive.tar.gz');
  execFileSync('tar', ['-czf', file, '-C', source, 'controller-tools']);
  return readFile(file);
}

const sha512 = (content: Buffer) => createHash('sha512').update(content).digest('hex');
const entryFiles = () => readdir(supply.entry).catch(() => []);

test('an archive with the pinned checksum fills the entry', async () => {
  const archive = await archiveOf(TOOLS);
  answer = (response) => response.end(archive);
  expect(await unpackArchive(supply, { url, sha512: sha512(archive), silence: 5_000 })).toBeUndefined();
  expect((await entryFiles()).sort()).toEqual([...TOOLS].sort());
  expect(await readFile(join(supply.entry, 'etcd'), 'utf8')).toBe('this is etcd');
});

test('an archive with another checksum is not used', async () => {
  const archive = await archiveOf(TOOLS);
  answer = (response) => response.end(archive);
  const reason = await unpackArchive(supply, { url, sha512: sha512(Buffer.from('another')), silence: 5_000 });
  expect(reason).toBe('its SHA-512 is not the one pinned here');
  expect(await entryFiles()).toEqual([]);
});

test('an archive that lacks a tool is not used', async () => {
  const archive = await archiveOf(['etcd']);
  answer = (response) => response.end(archive);
  const reason = await unpackArchive(supply, { url, sha512: sha512(archive), silence: 5_000 });
  expect(reason).toBe('tar could not unpack it');
  expect(await entryFiles()).toEqual([]);
});

test('a server that says no is given up', async () => {
  answer = (response) => response.writeHead(404).end();
  expect(await unpackArchive(supply, { url, sha512: '', silence: 5_000 })).toMatch(/^127\.0\.0\.1:\d+ answered 404$/);
});

test.each([
  ['from the start', () => {}],
  ['in the middle', (response: ServerResponse) => void response.write('half of it')],
])('a server that falls silent %s is given up', async (_, behaviour) => {
  answer = behaviour;
  expect(await unpackArchive(supply, { url, sha512: '', silence: 50 })).toMatch(/cannot be reached$/);
});

test('a server that is not there is given up', async () => {
  const closed = once(server, 'close');
  server.close();
  await closed;
  expect(await unpackArchive(supply, { url, sha512: '', silence: 5_000 })).toMatch(/cannot be reached$/);
});

test('nothing is downloaded for a tool that the archive does not contain', async () => {
  const tools = ['kube-controller-manager'] as const;
  expect(await downloadArchive({ ...supply, tools })).toBe('it does not contain kube-controller-manager');
});
