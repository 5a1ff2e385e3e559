/** An HTTP server for answers that no service would give: the test writes them byte by byte. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

/** Answers a request, or does not. */
export type Handler = (response: ServerResponse, request: IncomingMessage) => void;

/** The server of a test file: started before its first test, gone after its last. */
export interface RawServer {
  readonly endpoint: string;
  /** How requests are answered from now on. */
  answers: Handler;
  /** TCP connections that were made so far. */
  readonly connections: number;
  /** The headers of each request so far. */
  readonly requests: readonly IncomingMessage['headers'][];
}

/** To be called at the top of a test file. */
export function useRawServer(): RawServer {
  const requests: IncomingMessage['headers'][] = [];
  let server: Server | undefined;
  let port = 0;
  let connections = 0;
  const raw = {
    answers: ((response) => response.end('{}')) as Handler,
    requests,
    get endpoint() {
      return `http://127.0.0.1:${port}`;
    },
    get connections() {
      return connections;
    },
  };
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request.headers);
      request.resume().once('end', () => raw.answers(response, request));
    });
    server.on('connection', () => {
      connections += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  return raw;
}
