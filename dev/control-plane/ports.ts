import { createServer } from 'node:net';

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) hand out for outgoing connections: a
 * server that is stopped for a while finds its port free when it comes back.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * A port of 127.0.0.1 that nobody listens on at this moment. Whoever binds it later may lose a race and
 * must try again with another.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
