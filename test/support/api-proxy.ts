import { readFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import type { Address } from '../../dev/control-plane/access.ts';

/** A request that came through. */
export type Seen = { readonly method: string; readonly path: string; readonly query: URLSearchParams };

/** What happens to a request instead of being passed on. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** No answer, on a connection that stays open. */
  | 'silence'
  /** The connection is cut. */
  | 'reset';

/** The answer to a watch, while it goes on. */
export type OpenWatch = {
  readonly seen: Seen;
  /** Slips something of our own into the stream. */
  write(text: string): void;
  /** Asked about each line of the API server's, an event without its line break; false drops it. All pass until it is set. */
  lets: (line: string) => boolean;
  /** What the API server says from now on waits; the connection stays open. */
  hold(): void;
  /** What has waited goes on its way, and what comes after it. */
  release(): void;
  /** From now on nothing more of the API server's comes through; the connection stays open. */
  mute(): void;
  /** Ends it as the API server does when its time is up. */
  end(): void;
  /** Cuts the connection. */
  reset(): void;
};

/** An HTTP proxy in front of the API server that can be told to misbehave. */
export type ApiProxy = {
  /** As whom and where to connect in order to go through the proxy: as the administrator, without TLS. */
  readonly kubeConfig: KubeConfig;
  readonly requests: readonly Seen[];
  /** The watches that are open now, oldest first. */
  readonly watches: readonly OpenWatch[];
  /** How many connections are open to the proxy. */
  readonly connections: number;
  /** Asked about each request, which waits meanwhile; undefined passes it on. */
  fault: (seen: Seen) => Fault | undefined | Promise<Fault | undefined>;
  /**
   * Asked about each answer of the API server before anything of it goes back, and it waits meanwhile; false cuts the
   * connection instead, a fault takes the answer's place.
   */
  delivers: (seen: Seen) => boolean | Fault | Promise<boolean | Fault>;
  /** Told of each watch as it opens, before anything of it goes back. */
  opened: (watch: OpenWatch) => void;
  close(): Promise<void>;
};

export async function apiProxy(address: Address): Promise<ApiProxy> {
  const ca = await readFile(address.certificateAuthority);
  const agent = new https.Agent({ ca, keepAlive: true });
  const sockets = new Set<Socket>();
  const watches = new Set<OpenWatch>();
  const requests: Seen[] = [];
  const server = http.createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://proxy');
    const seen = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams };
    requests.push(seen);
    const fault = await proxy.fault(seen);
    if (fault === undefined) forward(request, response, seen);
    else misbehave(request, response, fault);
  }

  function forward(request: IncomingMessage, response: ServerResponse, seen: Seen): void {
    const { method, url, headers } = request;
    const upstream = https.request(
      `${address.server}${url}`,
      { method: method ?? 'GET', headers, agent },
      (answer) => void deliver(request, answer, response, seen),
    );
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  async function deliver(request: IncomingMessage, answer: IncomingMessage, response: ServerResponse, seen: Seen) {
    answer.on('error', () => response.destroy());
    const delivers = await proxy.delivers(seen);
    if (delivers !== true) {
      answer.resume();
      misbehave(request, response, delivers === false ? 'reset' : delivers);
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    if (seen.query.get('watch') === 'true' && answer.statusCode === 200) follow(answer, response, seen);
    else answer.pipe(response);
  }

  function follow(answer: IncomingMessage, response: ServerResponse, seen: Seen): void {
    const watch: OpenWatch = {
      seen,
      write: (text) => void response.write(text),
      lets: () => true,
      hold: () => void answer.pause(),
      release: () => void answer.resume(),
      mute: () => void answer.removeAllListeners('data').removeAllListeners('end').resume(),
      end: () => void response.end(),
      reset: () => void response.destroy(),
    };
    watches.add(watch);
    response.on('close', () => watches.delete(watch));
    let begun = '';
    answer.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (begun + piece).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines) if (watch.lets(line) && !response.writableEnded) response.write(`${line}\n`);
    });
    answer.on('end', () => response.end());
    proxy.opened(watch);
  }

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listening(server);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'proxy', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'admin', token: address.adminToken },
  );
  const proxy: ApiProxy = {
    kubeConfig,
    requests,
    get watches() {
      return [...watches];
    },
    get connections() {
      return sockets.size;
    },
    fault: () => undefined,
    delivers: () => true,
    opened: () => {},
    async close() {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function misbehave(request: IncomingMessage, response: ServerResponse, fault: Fault): void {
  request.resume();
  if (fault === 'reset') request.socket.destroy();
  else if (fault !== 'silence') {
    response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers });
    response.end(JSON.stringify(fault.body ?? { kind: 'Status', code: fault.status, message: 'as the test asked' }));
  }
}

/** A forwarder of bytes in front of the API server, so that the TLS connections made to it can be counted. */
export type ConnectionCounter = {
  readonly port: number;
  /** How many were ever made. */
  readonly made: number;
  /** How many are open now. */
  readonly open: number;
  close(): Promise<void>;
};

export async function connectionCounter({ server: target }: Address): Promise<ConnectionCounter> {
  const sockets = new Set<Socket>();
  let made = 0;
  const server = net.createServer((socket) => {
    made++;
    sockets.add(socket);
    const { hostname, port } = new URL(target);
    const upstream = net.connect(Number(port), hostname);
    socket.on('error', () => upstream.destroy()).on('close', () => upstream.destroy() && sockets.delete(socket));
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  return {
    port: await listening(server),
    get made() {
      return made;
    },
    get open() {
      return sockets.size;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
