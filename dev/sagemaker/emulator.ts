/** Starts and stops the emulator. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Control } from './control.ts';
import { DEFAULT_ACCOUNT } from './identity.ts';
import { createEmulatorServer } from './server.ts';
import { Service } from './service.ts';
import { DEFAULT_QUOTA } from './store.ts';
import { defaultSwitches, moveSwitches, type Switches } from './switches.ts';

export interface EmulatorOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** The account of access keys that name none. */
  readonly defaultAccount?: string;
  /** Work teams that each region of each account can have; 25 as in AWS unless said otherwise. */
  readonly quota?: number;
  readonly switches?: Partial<Switches>;
  /** ms since the epoch: the time that teams, tokens, delays of visibility and the Date header go by. */
  readonly clock?: () => number;
  /** 0 ≤ x < 1, for shuffled answers. */
  readonly random?: () => number;
}

export interface Emulator {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  readonly control: Control;
  /** Breaks every connection, hanging or not, and returns when the port is free. */
  stop(): Promise<void>;
}

/**
 * Starts an emulator of SageMaker's work teams (and of STS GetCallerIdentity) with nothing in it.
 * @throws Error of node:net when it cannot listen (`code` is EADDRINUSE when the port is taken)
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { host = '127.0.0.1', defaultAccount = DEFAULT_ACCOUNT, quota = DEFAULT_QUOTA } = options;
  const { clock = Date.now, random = Math.random } = options;
  const stopping = new AbortController();
  const switches = moveSwitches(defaultSwitches(), options.switches ?? {});
  const service = new Service({ clock, random, defaultAccount, quota, switches, stopped: stopping.signal });
  const control = new Control(service, defaultAccount);
  const server = createEmulatorServer(service, control);
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a path

  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, control, stop };
}
