import http, { type IncomingMessage, type RequestListener } from 'node:http';
import type { RequestOptions } from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { type RequestFact, Transport, type TransportOptions } from '../../src/kubernetes/transport.ts';
import { ManualClock } from '../support/clock.ts';
import { expectSoon } from '../support/expect-soon.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server that answers as told, and what it has seen. */
async function serve(answer: RequestListener) {
  const sockets = new Set<Socket>();
  const requests: (Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { body: string })[] = [];
  let connections = 0;
  const server = http.createServer(async (request, response) => {
    const body = await all(request);
    requests.push({ ...pick(request), body });
    answer(request, response);
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const address = await listen(server);
  return { address, requests, open: sockets, connections: () => connections };
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const piece of pieces) read.push(piece);
  return Buffer.concat(read).toString();
}

const pick = ({ method, url, headers }: IncomingMessage) => ({ method, url, headers });

async function listen(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => open.add(socket));
  cleanUps.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const impatient = { connectMs: 60, answerMs: 60, silenceMs: 60 };

function transportTo(server: string, options: Partial<TransportOptions> & { user?: Partial<User> } = {}): Transport {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server, skipTLSVerify: true },
    { name: 'u', token: 'secret', ...options.user },
  );
  const transport = new Transport({ kubeConfig, version: '1.2.3', clock: systemClock, ...options });
  cleanUps.push(() => transport.close());
  return transport;
}

const json = (value: unknown, status = 200): RequestListener => {
  return (_, response) =>
    void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
};
const silent: RequestListener = () => {};
const beginOnly: RequestListener = (_, response) => void response.write('{"a":');

describe('requests', () => {
  test('share connections: one for any number in a row, and no more than there are at a time', async () => {
    const { address, connections } = await serve(json({}));
    const transport = transportTo(`http://${address}`);
    for (let i = 0; i < 20; i++) await transport.request({ path: '/api' });
    expect(connections()).toBe(1);
    await Promise.all(Array.from({ length: 5 }, () => transport.request({ path: '/api' })));
    await Promise.all(Array.from({ length: 5 }, () => transport.request({ path: '/api' })));
    expect(connections()).toBe(5);
  });

  test('say who they are, and what they send', async () => {
    const { address, requests } = await serve(json({}));
    const transport = transportTo(`http://${address}/k8s/clusters/c-1/`);
    await transport.request({ path: '/api/v1/things', query: { limit: 5, continue: undefined, watch: true } });
    await transport.request({ method: 'PATCH', path: '/a', body: { mergePatch: { ä: null } } });
    await transport.request({ method: 'POST', path: '/b', query: { dryRun: 'All' }, body: { json: [1] } });
    expect(requests.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/k8s/clusters/c-1/api/v1/things?limit=5&watch=true', ''],
      ['PATCH', '/k8s/clusters/c-1/a?fieldManager=workteam-operator', '{"ä":null}'],
      ['POST', '/k8s/clusters/c-1/b?dryRun=All&fieldManager=workteam-operator', '[1]'],
    ]);
    expect(requests.map(({ headers }) => headers['content-type'])).toEqual([
      undefined,
      'application/merge-patch+json',
      'application/json',
    ]);
    expect(requests[0]?.headers).toMatchObject({
      'user-agent': 'workteam-operator/1.2.3',
      authorization: 'Bearer secret',
      accept: 'application/json',
    });
  });

  test('are told to an observer, with and without an answer', async () => {
    const facts: RequestFact[] = [];
    const { address } = await serve(json({ message: 'no' }, 404));
    const onRequest = (fact: RequestFact) => facts.push(fact);
    await expect(transportTo(`http://${address}`, { onRequest }).request({ path: '/api' })).rejects.toThrow();
    await expect(transportTo('http://127.0.0.1:1', { onRequest }).request({ path: '/api' })).rejects.toThrow();
    expect(facts).toEqual([
      { method: 'GET', host: address, code: '404', durationMs: expect.any(Number) },
      { method: 'GET', host: '127.0.0.1:1', code: '<error>', durationMs: expect.any(Number) },
    ]);
  });
});

describe('answers that are no answer', () => {
  test.each([
    [
      'a Status',
      json({ kind: 'Status', reason: 'NotFound', message: 'things "a" not found' }, 404),
      { status: 404, reason: 'NotFound', message: 'GET /a: 404 things "a" not found' },
    ],
    [
      'a text from something in between',
      ((_, response) => void response.writeHead(502).end('<b>Bad gateway</b>')) as RequestListener,
      { status: 502, message: 'GET /a: 502 <b>Bad gateway</b>' },
    ],
    [
      'a redirect',
      ((_, response) => void response.writeHead(302, { Location: '/' }).end()) as RequestListener,
      { status: 302 },
    ],
    [
      'a server that asks for peace',
      ((_, response) => void response.writeHead(429, { 'Retry-After': '3' }).end()) as RequestListener,
      { status: 429, retryAfterMs: 3_000 },
    ],
    [
      'a success that is not JSON',
      ((_, response) => void response.end('<html>')) as RequestListener,
      { status: undefined, code: 'EBADANSWER' },
    ],
    [
      'an answer that breaks off',
      ((_, response) => void response.write('{', () => response.destroy())) as RequestListener,
      { code: 'ECONNRESET' },
    ],
  ])('%s', async (_, answer, expected) => {
    const { address } = await serve(answer);
    const error = await transportTo(`http://${address}`)
      .request({ path: '/a' })
      .catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'KubernetesError', ...expected });
  });

  test('one that is longer than any can be', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, ' ');
    const { address } = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(megabyte));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await expect(transportTo(`http://${address}`).request({ path: '/a' })).rejects.toMatchObject({ code: 'EMSGSIZE' });
  });
});

describe('silence', () => {
  test('while connecting: a peer that never says a word of TLS', async () => {
    const address = await listen(net.createServer());
    const requested = transportTo(`https://${address}`, { timeouts: impatient }).request({ path: '/a' });
    await expect(requested).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'GET /a: waited 60 ms for a connection',
    });
  });

  test.each([
    ['before the answer', silent, 'GET /a: waited 60 ms for an answer'],
    ['in the middle of the answer', beginOnly, 'GET /a: waited 60 ms for the answer to go on'],
  ])('%s', async (_, answer, message) => {
    const { address, open } = await serve(answer);
    const requested = transportTo(`http://${address}`, { timeouts: impatient }).request({ path: '/a' });
    await expect(requested).rejects.toMatchObject({ code: 'ETIMEDOUT', message });
    await expectSoon(() => open.size).toBe(0);
  });

  test('of a credential plugin', async () => {
    const user = { authProvider: { name: 'slow', config: {} } };
    const kubeConfig = new KubeConfig();
    kubeConfig.addAuthenticator({ isAuthProvider: () => true, applyAuthentication: () => new Promise(() => {}) });
    kubeConfig.loadFromClusterAndUser(
      { name: 'c', server: 'http://127.0.0.1:1', skipTLSVerify: true },
      { name: 'u', ...user },
    );
    const requested = transportTo('', { kubeConfig, timeouts: impatient }).request({ path: '/a' });
    await expect(requested).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'GET /a: waited 60 ms for credentials',
    });
  });

  test('may be longer where the request says so', async () => {
    const { address } = await serve((request, response) =>
      setTimeout(() => json({ ok: true })(request, response), 150),
    );
    const transport = transportTo(`http://${address}`, { timeouts: impatient });
    expect(await transport.request({ path: '/a', timeouts: { answerMs: 5_000 } })).toEqual({ ok: true });
  });
});

test('an answer that comes before the request is sent leaves no timer when the request is sent after all', async () => {
  const clock = new ManualClock();
  const { promise: connected, resolve: connect } = Promise.withResolvers<Socket>();
  let received = 0;
  const server = net.createServer((socket) => {
    const body = '{"ok":true}';
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    connect(socket); // and reads nothing yet: what does not fit the sockets' buffers stays unsent
  });
  const transport = transportTo(`http://${await listen(server)}`, { clock, user: { token: 'secret' } });
  const big = 'x'.repeat(16 * 1024 * 1024);
  const answer = await transport.request({ method: 'POST', path: '/api', body: { json: { big } } });
  expect(answer).toEqual({ ok: true });
  (await connected).on('data', (piece: Buffer) => {
    received += piece.length;
  });
  await expectSoon(() => received).toBeGreaterThan(big.length);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(clock.pending).toBe(0);
});

describe("the caller's signal", () => {
  const reason = new Error('enough');

  test.each([
    ['before the answer', silent],
    ['in the middle of the answer', beginOnly],
  ])('ends a request %s, with its own reason', async (_, answer) => {
    const { address, requests, open } = await serve(answer);
    const abort = new AbortController();
    const requested = transportTo(`http://${address}`).request({ path: '/a', signal: abort.signal });
    const outcome = expect(requested).rejects.toBe(reason);
    await expectSoon(() => requests.length).toBe(1);
    abort.abort(reason);
    await outcome;
    await expectSoon(() => open.size).toBe(0);
  });

  test('that has aborted already: nothing is sent', async () => {
    const { address, connections } = await serve(json({}));
    const requested = transportTo(`http://${address}`).request({ path: '/a', signal: AbortSignal.abort(reason) });
    await expect(requested).rejects.toBe(reason);
    expect(connections()).toBe(0);
  });

  test('is left alone by requests that have ended', async () => {
    const { address } = await serve(json({}));
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    await transportTo(`http://${address}`).request({ path: '/a', signal });
    expect(listeners).toBe(0);
  });
});

describe('a connection that the server closed while it was idle', () => {
  /** Answers the first request on each connection and hangs up on the second, as a server does that closes it just then. */
  const once = () => {
    const used = new WeakSet<Socket>();
    const answer: RequestListener = (request, response) => {
      if (used.has(request.socket)) request.socket.resetAndDestroy();
      else json({})(request, response);
      used.add(request.socket);
    };
    return answer;
  };

  test('costs a read nothing but another connection', async () => {
    const { address, connections } = await serve(once());
    const transport = transportTo(`http://${address}`);
    for (let i = 0; i < 3; i++) expect(await transport.request({ path: '/a' })).toEqual({});
    expect(connections()).toBe(3);
  });

  test('fails a write, which may have arrived', async () => {
    const { address } = await serve(once());
    const transport = transportTo(`http://${address}`);
    await transport.request({ path: '/a' });
    const write = transport.request({ method: 'PATCH', path: '/a', body: { mergePatch: {} } });
    await expect(write).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('credentials', () => {
  test('are looked at for each request, once for all that begin together, and trimmed', async () => {
    let asked = 0;
    const kubeConfig = new KubeConfig();
    kubeConfig.addAuthenticator({
      isAuthProvider: () => true,
      applyAuthentication: async (_, options: RequestOptions) => {
        options.headers = { Authorization: `Bearer token-${++asked}\n` };
      },
    });
    const { address, requests } = await serve(json({}));
    kubeConfig.loadFromClusterAndUser({ name: 'c', server: `http://${address}`, skipTLSVerify: true }, { name: 'u' });
    const transport = transportTo('', { kubeConfig });
    await Promise.all([1, 2, 3].map(() => transport.request({ path: '/a' })));
    await transport.request({ path: '/a' });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('that cannot be had are an error like any other', async () => {
    const user = { exec: { command: '/nonexistent/plugin' } };
    const requested = transportTo('http://127.0.0.1:1', { user }).request({ path: '/a' });
    await expect(requested).rejects.toMatchObject({ name: 'KubernetesError', code: 'ENOENT' });
  });
});

test('a proxy that the kubeconfig names is used', async () => {
  const { address } = await serve(json({ ok: true }));
  const tunnels: string[] = [];
  const proxy = http.createServer().on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const upstream = net.connect(Number(address.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  const proxyUrl = `http://${await listen(proxy)}`;
  const kubeConfig = new KubeConfig();
  const cluster = { name: 'c', server: 'http://api.invalid:6443', skipTLSVerify: true, proxyUrl };
  kubeConfig.loadFromClusterAndUser(cluster, { name: 'u' });
  expect(await transportTo('', { kubeConfig }).request({ path: '/a' })).toEqual({ ok: true });
  expect(tunnels).toEqual(['api.invalid:6443']);
});

describe('streams', () => {
  test('end with the answer', async () => {
    const { address } = await serve((_, response) => {
      response.write('one ');
      setTimeout(() => response.end('two'), 100);
    });
    const transport = transportTo(`http://${address}`, { timeouts: { ...impatient, silenceMs: 5_000 } });
    expect(await all(await transport.stream({ path: '/a' }))).toBe('one two');
  });

  test('that are not read to the end close their connection', async () => {
    const { address, open } = await serve((_, response) => void response.write('one'));
    for await (const _ of await transportTo(`http://${address}`).stream({ path: '/a' })) break;
    await expectSoon(() => open.size).toBe(0);
  });

  test('that are refused throw before the first piece', async () => {
    const { address } = await serve(json({ reason: 'Expired' }, 410));
    await expect(transportTo(`http://${address}`).stream({ path: '/a' })).rejects.toMatchObject({ status: 410 });
  });
});

test('close leaves no connection open', async () => {
  const { address, open } = await serve(json({}));
  const transport = transportTo(`http://${address}`);
  await transport.request({ path: '/a' });
  expect(open.size).toBe(1);
  transport.close();
  await expectSoon(() => open.size).toBe(0);
});
