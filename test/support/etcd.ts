import http from 'node:http';
import type { Address } from '../../dev/control-plane/access.ts';
import { filesIn } from '../../dev/control-plane/flags.ts';

/** A key of etcd and what it holds, both in base64. */
interface Pair {
  readonly key: string;
  readonly value: string;
}

/** Where the API server keeps Workteams. */
const WORKTEAMS = '/registry/workteams.dev/workteams/';

/** Every key that begins with `WORKTEAMS`: up to the first that does not. */
const ALL = { key: base64(WORKTEAMS), range_end: base64(`${WORKTEAMS.slice(0, -1)}0`) };

/** The Workteams in etcd itself, behind the API server's back: what a backup holds, and what a restore puts there. */
export function workteamsInEtcd({ folder }: Pick<Address, 'folder'>) {
  const { etcdSocket } = filesIn(folder);
  return {
    async backUp(): Promise<readonly Pair[]> {
      const { kvs = [] } = await ask<{ kvs?: Pair[] }>(etcdSocket, '/v3/kv/range', ALL);
      return kvs.map(({ key, value }) => ({ key, value }));
    },
    /** There is nothing but what the backup holds, under the same UIDs. */
    async restore(backup: readonly Pair[]): Promise<void> {
      await ask(etcdSocket, '/v3/kv/deleterange', ALL);
      for (const pair of backup) await ask(etcdSocket, '/v3/kv/put', pair);
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function ask<T>(socketPath: string, path: string, body: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, path, method: 'POST' }, async (answer) => {
      const text = (await answer.toArray()).join('');
      if (answer.statusCode === 200) resolve(JSON.parse(text));
      else reject(new Error(`etcd answers ${path} with ${answer.statusCode}: ${text}`));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
