import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a path answers with. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

/** The paths of a server, each with what makes its answer. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Closes it and every connection. */
  close(): Promise<void>;
}

/**
 * Serves GET on fixed paths. Throws when the address cannot be listened on. Slow and idle clients are cut off by limits,
 * since probes and scrapes are short.
 */
export async function serve(
  routes: Routes,
  address: { readonly host: string | undefined; readonly port: number },
): Promise<Listening> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 15_000 },
    (request, response) => {
      void answer(routes, request, response);
    },
  );
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, { host, port }: { host: string | undefined; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = routes[(request.url ?? '/').split('?', 1)[0] ?? '/'];
  const refused: Answer = { status: 405, body: 'only GET is answered here\n' };
  const unknown: Answer = { status: 404, body: `try ${Object.keys(routes).join(' or ')}\n` };
  const isGet = request.method === 'GET' || request.method === 'HEAD';
  const { status, type, body } = route === undefined ? unknown : isGet ? await route() : refused;
  response.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
