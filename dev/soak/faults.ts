/** What goes wrong during a soak, one spell after the other; never for so long that a leader has to give up. */
import type { ApiProxy, Fault, Seen } from '../../test/support/api-proxy.ts';
import type { FaultRule } from '../sagemaker/faults.ts';
import type { Chance } from './random.ts';
import type { Site } from './site.ts';

/** Starts it; the returned function ends it. */
export type Spell = (site: Pick<Site, 'aws' | 'proxy'>, chance: Chance) => Promise<() => Promise<void> | void>;

const WRITES = ['CreateWorkteam', 'UpdateWorkteam', 'DeleteWorkteam', 'AddTags', 'DeleteTags'];

const aws =
  (fault: FaultRule['fault'], match: FaultRule['match'] = {}): Spell =>
  ({ aws }) =>
    aws.spoil({ match, fault });

/** The API server misbehaves, but not to the Lease: to lose that is to be started again, and this is about one process. */
const api =
  (share: number, answer: Fault, hits: (seen: Seen) => boolean = () => true): Spell =>
  async ({ proxy }, chance) => {
    proxy.fault = (seen) => {
      const isSpared = seen.path.includes('/leases') || seen.query.get('watch') === 'true';
      return !isSpared && hits(seen) && chance.next() < share ? answer : undefined;
    };
    return () => {
      proxy.fault = () => undefined;
    };
  };

const watches =
  (strike: (watch: ApiProxy['watches'][number]) => void): Spell =>
  async ({ proxy }) => {
    for (const watch of proxy.watches) if (!watch.seen.path.includes('/leases')) strike(watch);
    return () => {};
  };

const EXPIRED = JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired', message: 'too old' },
});

const CONFLICT = {
  status: 409,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 409,
    reason: 'Conflict',
    message: 'as the soak asked',
  },
};

/** Each by the name that it is reported under. */
export const SPELLS: Readonly<Record<string, Spell>> = {
  'AWS throttles everything': aws({ kind: 'throttle' }),
  'AWS throttles one region': (site, chance) =>
    aws({ kind: 'throttle' }, { region: `eu-soak-${chance.below(4) + 1}` })(site, chance),
  'AWS answers 500 and did nothing': aws({ kind: 'http5xx' }),
  'AWS answers 500 to writes and did them': aws({ kind: 'http5xx', acts: true }, { operation: WRITES }),
  'answers of AWS are lost': aws({ kind: 'dropAfter' }, { operation: WRITES }),
  'connections to AWS break': aws({ kind: 'dropBefore' }, { times: 100 }),
  'AWS says nothing': aws({ kind: 'hang' }, { times: 10 }),
  'a proxy answers for AWS with HTML': aws({ kind: 'nonJson' }),
  'updates are denied': aws({ kind: 'accessDenied' }, { operation: 'UpdateWorkteam' }),
  'reads of tags are denied': aws({ kind: 'accessDenied' }, { operation: 'ListTags' }),
  'the API server answers 500': api(0.5, { status: 500 }),
  'the API server answers 409 to writes': api(0.5, CONFLICT, ({ method }) => method !== 'GET'),
  'the API server asks for patience (429)': api(0.5, { status: 429, headers: { 'Retry-After': '1' } }),
  'connections to the API server break': api(0.3, 'reset'),
  'the watch is ended': watches((watch) => watch.end()),
  'the watch is cut': watches((watch) => watch.reset()),
  'the watch expires (410)': watches((watch) => {
    watch.write(`${EXPIRED}\n`);
    watch.end();
  }),
  'the watch falls silent': watches((watch) => watch.mute()),
};
