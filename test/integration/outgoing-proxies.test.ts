/** A kubeconfig may name a proxy on the way to the API server. What speaks to one is loaded only then. */
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { changedKubeconfig } from '../support/api-proxy-kubeconfig.ts';
import { useEmulator } from '../support/emulator.ts';
import { useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { useWorkteams } from '../support/workteams.ts';

vi.setConfig({ testTimeout: 120_000 });

const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

/** Where connections through a proxy went, as host:port. */
let targets: string[] = [];
let server: Server | undefined;
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
  targets = [];
});

/** Joins a client with its target. */
function join(client: Socket, port: number, host: string, greeting: string | Buffer): void {
  targets.push(`${host}:${port}`);
  const target = connect(port, host, () => {
    client.write(greeting);
    target.pipe(client);
    client.pipe(target);
  });
  for (const socket of [client, target]) {
    sockets.add(socket);
    socket.on('error', () => {
      client.destroy();
      target.destroy();
    });
  }
}

/** Understands CONNECT. */
function httpProxy(): Server {
  return createHttpServer().on('connect', ({ url = '' }, client: Socket) => {
    const { hostname, port } = new URL(`http://${url}`);
    join(client, Number(port), hostname, 'HTTP/1.1 200 Connection established\r\n\r\n');
  });
}

/** Understands SOCKS 5 (RFC 1928) as far as a client without a password needs it that names an IPv4 address or a host. */
function socksProxy(): Server {
  return createServer((client) => {
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request: Buffer) => {
        const named = request[3] === 3;
        const end = named ? 5 + (request[4] ?? 0) : 8;
        const host = named ? request.subarray(5, end).toString() : [...request.subarray(4, end)].join('.');
        join(client, request.readUInt16BE(end), host, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
  });
}

async function listening(proxy: Server): Promise<number> {
  server = proxy;
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return (proxy.address() as AddressInfo).port; // a TCP server's is one
}

/** The operator's own kubeconfig, with the proxy in it. */
const kubeconfigThrough = (proxyUrl: string): Promise<string> =>
  changedKubeconfig(operators.kubeconfig, new URL(proxyUrl).port, (cluster) => {
    cluster['proxy-url'] = proxyUrl;
  });

test.each([
  ['an HTTP proxy', 'http', httpProxy],
  ['a SOCKS proxy', 'socks5', socksProxy],
])('through %s', async (_, scheme, proxy) => {
  const kubeconfig = await kubeconfigThrough(`${scheme}://127.0.0.1:${await listening(proxy())}`);
  const workteams = await newNamespace('proxied');
  const place = { region: emulator.newRegion() };
  await using _operator = await operators.start({ namespaces: [workteams.namespace], place, kubeconfig });
  await workteams.create('blue', specWith());
  await workteams.untilReady('blue', 60_000);
  const { clusters } = JSON.parse(await readFile(kubeconfig, 'utf8'));
  expect(new Set(targets)).toEqual(new Set([new URL(clusters[0].cluster.server).host]));
});
