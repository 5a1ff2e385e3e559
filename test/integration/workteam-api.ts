/** Workteams by the API server's own words: what it answers to a write. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Address } from '../../dev/control-plane/access.ts';
import { VERSION } from '../../src/workteam/schema.ts';

/** What the API server answered, parsed. */
export interface Answer {
  code: number;
  body: { message?: string; metadata?: Record<string, unknown>; [field: string]: unknown };
}

/** 'accepted', or the API server's message. */
export function verdictOf({ code, body }: Answer): string {
  return code < 300 ? 'accepted' : (body.message ?? `HTTP ${code}`);
}

/** A manifest as it is sent. */
export interface Manifest {
  metadata: { name: string; [field: string]: unknown };
  spec?: unknown;
  [field: string]: unknown;
}

/** Writes to the Workteams of one group in one namespace, unknown fields being errors, as kubectl asks for. */
export class WorkteamApi {
  readonly #address: Address;
  readonly #certificateAuthority: Buffer;
  readonly #group: string;
  readonly #namespace: string;

  constructor(address: Address, group: string, namespace: string) {
    this.#address = address;
    this.#certificateAuthority = readFileSync(address.certificateAuthority);
    this.#group = group;
    this.#namespace = namespace;
  }

  create(manifest: Manifest, { dryRun = false } = {}): Promise<Answer> {
    const body = { apiVersion: `${this.#group}/${VERSION}`, kind: 'Workteam', ...manifest };
    return this.#send('POST', `?fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`, body);
  }

  replace(manifest: Manifest, { dryRun = false } = {}): Promise<Answer> {
    const query = `?fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    return this.#send('PUT', `/${manifest.metadata.name}${query}`, manifest);
  }

  /** A JSON merge patch of the object, or of its status alone. */
  patch(name: string, patch: object, subresource: '' | '/status' = ''): Promise<Answer> {
    return this.#send('PATCH', `/${name}${subresource}`, patch);
  }

  get(name: string): Promise<Answer> {
    return this.#send('GET', `/${name}`);
  }

  delete(name: string): Promise<Answer> {
    return this.#send('DELETE', `/${name}`);
  }

  #send(method: string, path: string, body?: object): Promise<Answer> {
    const url = `${this.#address.server}/apis/${this.#group}/${VERSION}/namespaces/${this.#namespace}/workteams${path}`;
    const headers = {
      authorization: `Bearer ${this.#address.adminToken}`,
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    };
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, headers, ca: this.#certificateAuthority }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            code: response.statusCode ?? 0,
            body: text.startsWith('{') ? JSON.parse(text) : { message: text },
          });
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
