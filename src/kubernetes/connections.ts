import http from 'node:http';
import https from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';

/** How long an unused connection stays open, in milliseconds; shorter than any load balancer's idle timeout (AWS: 60 s). */
const IDLE_MS = 30_000;
/** After how much silence the kernel begins to ask whether the peer still lives, in milliseconds; as client-go does. */
const PROBE_MS = 30_000;

/** What a request needs to reach the API server as the right user. */
export interface Connection {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: string | undefined;
}

/**
 * The pool of connections to the API server. There is one agent, shared by all requests, until the TLS credentials
 * change (a rotated CA or client certificate): then a new one takes over, and the connections of the old one are
 * closed as soon as their requests end.
 */
export class Connections {
  readonly server: URL;
  readonly #kubeConfig: KubeConfig;
  #current: { readonly tls: https.AgentOptions; readonly agent: http.Agent } | undefined;
  #credentials: Promise<https.RequestOptions> | undefined;
  #closed = false;

  constructor(kubeConfig: KubeConfig) {
    const server = kubeConfig.getCurrentCluster()?.server;
    if (server === undefined) throw new TypeError('the kubeconfig has no current cluster');
    this.server = new URL(server);
    this.#kubeConfig = kubeConfig;
  }

  /** Fresh credentials: token files are read again, plugins asked again when what they said has expired. */
  async connection(): Promise<Connection> {
    const {
      headers = {},
      auth,
      ca,
      cert,
      key,
      passphrase,
      servername,
      rejectUnauthorized,
      agent,
    } = await this.#applied();
    // Through a proxy (`proxy-url`, never so in a pod) the library's own agent is needed, which shares no connections.
    if (agent instanceof http.Agent && this.#kubeConfig.getCurrentCluster()?.proxyUrl) {
      if (servername === undefined) expectNameOf(this.server, agent);
      return { agent, headers: asStrings(headers), auth: auth ?? undefined };
    }
    const tls = { ca, cert, key, passphrase, servername, rejectUnauthorized };
    return { agent: this.#agentFor(tls), headers: asStrings(headers), auth: auth ?? undefined };
  }

  /** Closes every connection, whatever is under way on it. */
  close(): void {
    this.#closed = true;
    this.#current?.agent.destroy();
  }

  /** One look at the credentials at a time, so that ten requests at once do not start ten plugins. */
  #applied(): Promise<https.RequestOptions> {
    this.#credentials ??= this.#apply().finally(() => {
      this.#credentials = undefined;
    });
    return this.#credentials;
  }

  async #apply(): Promise<https.RequestOptions> {
    const options: https.RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    return options;
  }

  #agentFor(tls: https.AgentOptions): http.Agent {
    if (this.#current !== undefined && isDeepStrictEqual(this.#current.tls, tls)) return this.#current.agent;
    if (this.#current !== undefined) retire(this.#current.agent);
    const given = Object.entries(tls).filter(([, value]) => value !== undefined);
    // No limit on sockets: the callers' concurrency is one, and the Lease must never wait behind other requests.
    const common = { keepAlive: true, keepAliveMsecs: PROBE_MS, timeout: IDLE_MS, scheduling: 'lifo' as const };
    const agent =
      this.server.protocol === 'http:'
        ? new http.Agent(common)
        : new https.Agent({ ...common, ...Object.fromEntries(given) });
    // There is one server and one set of credentials: the name that Node makes of them all is long, and made for each request.
    agent.getName = () => this.server.host;
    if (this.#closed) agent.destroy();
    this.#current = { tls, agent };
    return agent;
  }
}

/**
 * Looks for the server's own name or address in its certificate. The agent for SOCKS proxies does not pass on an IP address, and
 * Node would look for `localhost` then.
 */
function expectNameOf({ hostname }: URL, agent: http.Agent): void {
  const { options } = agent as http.Agent & { readonly options: https.AgentOptions }; // as every agent of Node has
  options.checkServerIdentity = (_name, certificate) =>
    checkServerIdentity(hostname.replace(/^\[|\]$/g, ''), certificate);
}

/** Lets the requests on this agent end, and its connections with them. */
function retire(agent: http.Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Header values end up in one line each: a token file may end in a line break, which Node would refuse. */
function asStrings(headers: NonNullable<https.RequestOptions['headers']>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value).trim()]));
}
