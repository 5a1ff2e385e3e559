import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Address } from './access.ts';

/** In milliseconds. A warm start takes 3 to 5 s, and three times that on a busy machine. */
const PATIENCE = 90_000;
const BETWEEN_LOOKS = 50;

/** The namespaces are created by the API server itself, a moment after it says that it is ready. */
const WANTED = ['/readyz', '/api/v1/namespaces/default', '/api/v1/namespaces/kube-system'];

/** What it takes to ask an API server anything. */
export type Asked = Pick<Address, 'server' | 'adminToken' | 'certificateAuthority'>;

/** Resolves when something accepts connections on that socket. @throws Error when nothing does in time, or at `signal`. */
export async function waitForSocket(path: string, signal: AbortSignal): Promise<void> {
  await until(`a process to listen on ${path}`, signal, () => accepts(path));
}

/**
 * Resolves when the API server is ready and its own namespaces exist. It is known by its certificate, so
 * that a stranger on the same port is never taken for it.
 * @throws Error when that does not come true in time, or at `signal`.
 */
export async function waitForApiServer(asked: Asked, signal: AbortSignal): Promise<void> {
  for (const path of WANTED) {
    await until(`${asked.server}${path}`, signal, async () => (await status(asked, path)) === 200);
  }
}

async function until(what: string, signal: AbortSignal, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`Waited ${PATIENCE / 1_000} s for ${what}.`);
    await setTimeout(BETWEEN_LOOKS, undefined, { signal });
  }
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The HTTP status, or 0 without an answer. */
async function status({ server, adminToken, certificateAuthority }: Asked, path: string): Promise<number> {
  const ca = await readFile(certificateAuthority).catch(() => undefined);
  if (ca === undefined) return 0;
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const sent = request(`${server}${path}`, { ca, headers, agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(0));
    sent.end();
  });
}
