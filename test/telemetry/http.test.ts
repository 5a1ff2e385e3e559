import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Listening, type Routes, serve } from '../../src/telemetry/http.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const routes: Routes = {
  '/livez': () => ({ status: 200, body: 'lives\n' }),
  '/metrics': async () => ({ status: 200, type: 'text/special; version=1', body: 'größer 1\n' }),
  '/broken': async () => {
    throw new Error('a secret');
  },
  '/thrown': () => {
    throw new Error('a secret, at once');
  },
};

let server: Listening;
let errors: string[];
const onError = (path: string, error: unknown) => errors.push(`${path}: ${error}`);
beforeEach(async () => {
  errors = [];
  server = await serve(routes, LOCAL, onError);
});
afterEach(() => server.close());

interface Answered {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request on a connection of its own, so that none is left to the next test. */
async function ask(path: string, method = 'GET'): Promise<Answered> {
  const sent = request({ ...LOCAL, port: server.port, path, method, agent: false }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

describe('routes', () => {
  test('a text', async () => {
    const { status, headers, body } = await ask('/livez');
    expect({ status, body }).toEqual({ status: 200, body: 'lives\n' });
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'content-length': '6' });
  });

  test('a type of its own, and its length in bytes', async () => {
    const { headers, body } = await ask('/metrics');
    expect(body).toBe('größer 1\n');
    expect(headers).toMatchObject({ 'content-type': 'text/special; version=1', 'content-length': '11' });
  });

  test('a query changes nothing', async () => {
    expect(await ask('/livez?verbose=1')).toMatchObject({ status: 200, body: 'lives\n' });
  });

  test('HEAD is GET without the body', async () => {
    const { status, headers, body } = await ask('/livez', 'HEAD');
    expect({ status, body }).toEqual({ status: 200, body: '' });
    expect(headers['content-length']).toBe('6');
  });

  test.each(['/', '/livez/', '/livezz', '/__proto__', '/constructor', '//livez', '/%6civez'])(
    '%s is not there',
    async (path) => {
      const { status, body } = await ask(path);
      expect(status).toBe(404);
      expect(body).toContain('/livez');
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is not answered', async (method) => {
    const { status, headers } = await ask('/livez', method);
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  test.each(['/broken', '/thrown'])('%s fails alone, and says nothing of why but to the log', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(500);
    expect(body).not.toMatch(/secret|Error/);
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^${path}: Error: a secret`))]);
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });
});

describe('what is no proper request', () => {
  test.each([
    ['no path', 'GET livez HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['the name of an object', 'GET constructor HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('%s is refused, and the next one answered', async (_, text) => {
    const socket = connect(server.port, LOCAL.host);
    socket.end(text);
    let answer = '';
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });

  test('a client that goes away in the middle of an answer disturbs nobody', async () => {
    const socket = connect(server.port, LOCAL.host);
    socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n', () => socket.destroy());
    await once(socket, 'close');
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });
});

describe('listening', () => {
  test('a port that is taken is an error, and whoever has it keeps it', async () => {
    const address = { host: LOCAL.host, port: server.port };
    await expect(serve(routes, address, onError)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });

  test('without a host it listens everywhere', async () => {
    const everywhere = await serve(routes, { host: undefined, port: 0 }, onError);
    const response = await fetch(`http://127.0.0.1:${everywhere.port}/livez`, { headers: { connection: 'close' } });
    expect(await response.text()).toBe('lives\n');
    await everywhere.close();
  });

  test('close ends connections that are open, idle or not, and frees the port', async () => {
    const idle = connect(server.port, LOCAL.host);
    const closed = once(idle, 'close');
    await once(idle, 'connect');
    await server.close();
    await closed;
    const again = await serve(routes, { host: LOCAL.host, port: server.port }, onError);
    await again.close();
  });
});
