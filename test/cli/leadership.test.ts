import { expect, test } from 'vitest';
import { type Candidacy, electionOf } from '../../src/cli/leadership.ts';
import { loadConfig } from '../../src/config.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

test('without an election the process counts as the leader: an alert would otherwise miss one for ever', async () => {
  const metrics = new Metrics('my-lease', 4, () => 0);
  const gauge = async () => /^leader_election_master_status.*$/m.exec((await metrics.expose()).body)?.[0];
  expect(await gauge()).toBe('leader_election_master_status{name="my-lease"} 0');
  const config = loadConfig({ leaderElect: false, leaderElectionId: 'my-lease' }, {});
  // Nothing else of a candidacy is looked at.
  expect(electionOf(config, { metrics } as Candidacy)).toBeUndefined();
  expect(await gauge()).toBe('leader_election_master_status{name="my-lease"} 1');
});
