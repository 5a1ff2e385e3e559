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
 * since probes and scrapes are short. `onError` is told of an answer that could not be made, and must not throw; whoever
 * asked gets a 500 without details.
 */
export async function serve(
  routes: Routes,
  address: { readonly host: string | undefined; readonly port: number },
  onError: (path: string, error: unknown) => void,
): Promise<Listening> {
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 15_000 },
    (request, response) => {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      void answerTo(routes, path, request.method)
        .catch((error: unknown) => {
          onError(path, error);
          return FAILED;
        })
        .then((answer) => send(answer, request, response));
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

const FAILED: Answer = { status: 500, body: 'the answer could not be made, see the log\n' };

async function answerTo(routes: Routes, path: string, method: string | undefined): Promise<Answer> {
  const route = routes[path];
  if (route === undefined) return { status: 404, body: `try ${Object.keys(routes).join(' or ')}\n` };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET is answered here\n' };
  return route();
}

function send({ status, type, body }: Answer, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
