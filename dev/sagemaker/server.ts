/** The HTTP side: sockets, bodies and headers, and nothing of what is in them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Control } from './control.ts';
import { answerControl, isControlPath } from './control-http.ts';
import type { Service } from './service.ts';

/** Longer than any client keeps an idle connection, so that no request meets a closing socket. */
const KEEP_ALIVE_MS = 120_000;

/** An HTTP server, not yet listening, that serves AWS calls at `/` and the control interface below `/_emulator`. */
export function createEmulatorServer(service: Service, control: Control): Server {
  const server = createServer((request, response) => {
    handle(service, control, request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return; // the client went away in the middle of its request
      console.error('the emulator failed:', error);
      response.writeHead(500).end();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

async function handle(service: Service, control: Control, request: IncomingMessage, response: ServerResponse) {
  const body = await bodyOf(request);
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://emulator');
  if (isControlPath(url.pathname)) {
    const answer = answerControl(control, method, url, body);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(answer.body, undefined, 2)}\n`);
    return;
  }
  const { headers } = request;
  const { answer, requestId } = await service.reply({ method, path: url.pathname, headers, body });
  if (answer === 'hang') return;
  if (answer === 'drop') {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, {
    'x-amzn-RequestId': requestId,
    'Content-Type': answer.contentType,
    'Content-Length': Buffer.byteLength(answer.body),
    Date: new Date(service.now).toUTCString(),
  });
  response.end(answer.body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
