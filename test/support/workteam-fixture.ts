/**
 * Scenarios about one Workteam that read like prose: `aWorkteam().finalized().inSync().plan()`. A scenario is immutable;
 * each word makes another one of it.
 */
import { type Facts, initialFacts, type Settings } from '../../src/workteam/facts.ts';
import type { Memory } from '../../src/workteam/memory.ts';
import type { ObservedWorkteam, Tags } from '../../src/workteam/observed.ts';
import { ownerTag } from '../../src/workteam/owner.ts';
import { plan } from '../../src/workteam/plan.ts';
import {
  API_VERSION,
  type Condition,
  FINALIZER,
  KIND,
  type ObjectMeta,
  OWNER_TAG_KEY,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamSpec,
  type WorkteamStatus,
} from '../../src/workteam/schema.ts';
import type { Step } from '../../src/workteam/step.ts';

/** The monotonic clock at the beginning of every scenario, in milliseconds. */
export const NOW = 1_000_000;
export const REGION = 'eu-west-1';
export const ARN = `arn:aws:sagemaker:${REGION}:111122223333:workteam/private-crowd/labelers`;
export const WORKFORCE_ARN = `arn:aws:sagemaker:${REGION}:111122223333:workforce/private-crowd`;
/** The object's birth; the team of a scenario is two seconds younger. */
export const BORN = '2030-01-01T00:00:00Z';
export const CREATED = '2030-01-01T00:00:02Z';
/** Date headers of looks that come long, and soon, after the team was created. */
export const LONG_AFTER = Date.parse(CREATED) + 3_600_000;
export const SOON_AFTER = Date.parse(CREATED) + 5_000;

export const SELF = { clusterId: 'cluster-1', namespace: 'vision', name: 'labelers' };
export const OURS = ownerTag(SELF);
export const SIBLING = ownerTag({ ...SELF, name: 'other' });
export const FOREIGN = ownerTag({ ...SELF, clusterId: 'cluster-2' });

export const SETTINGS: Settings = {
  clusterId: SELF.clusterId,
  region: REGION,
  ignoreTagKeys: [],
  readOnly: false,
  allowTakeover: false,
};

export const groups = (...names: string[]): WorkteamSpec['memberDefinitions'] => [
  { oidcMemberDefinition: { groups: names } },
];

export const SPEC: WorkteamSpec = { description: 'Labels street scenes', memberDefinitions: groups('labelers') };

/** A stored object that breaks the rules of today. */
export const INVALID_SPEC = { ...SPEC, memberDefinitions: [] };

/** A team as its spec says. */
export function teamLike(spec: WorkteamSpec): ObservedWorkteam {
  const topic = spec.notificationConfiguration?.notificationTopicArn;
  return {
    workteamName: spec.workteamName ?? SELF.name,
    workteamArn: ARN,
    workforceArn: WORKFORCE_ARN,
    description: spec.description,
    memberDefinitions: spec.memberDefinitions,
    createDate: CREATED,
    ...(topic !== undefined && { notificationTopicArn: topic }),
    ...(spec.workerAccessConfiguration && { workerAccessConfiguration: spec.workerAccessConfiguration }),
  };
}

/** An object as the API server stores it just after it was applied. */
export function workteamOf(spec: Partial<WorkteamSpec> = {}, status?: WorkteamStatus): Workteam {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name: SELF.name,
      namespace: SELF.namespace,
      uid: 'uid-1',
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: BORN,
    },
    spec: { ...SPEC, ...spec },
    ...(status && { status }),
  };
}

/** A Ready condition of the first generation. */
export function readyCondition(status: Condition['status'], reason: string, generation = 1): Condition {
  return {
    type: 'Ready',
    status,
    reason,
    message: reason,
    lastTransitionTime: BORN,
    observedGeneration: generation,
  };
}

/** Begins a scenario: an object that was just applied, and nothing known of AWS. */
export function aWorkteam(spec: Partial<WorkteamSpec> = {}): Scenario {
  return new Scenario(initialFacts(workteamOf(spec), SETTINGS, { uid: 'uid-1' }, NOW));
}

export class Scenario {
  readonly facts: Facts;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  // The object.

  finalized(): Scenario {
    return this.#metadata({ finalizers: [FINALIZER] });
  }

  deleting(): Scenario {
    return this.#metadata({ deletionTimestamp: '2030-01-02T00:00:00Z' });
  }

  generation(generation: number): Scenario {
    return this.#metadata({ generation });
  }

  requestedAt(value: string): Scenario {
    return this.#metadata({ annotations: { [REQUESTED_AT_ANNOTATION]: value } });
  }

  suspended(): Scenario {
    return this.withSpec({ suspend: true });
  }

  observed(): Scenario {
    return this.withSpec({ managementPolicy: 'Observe' });
  }

  retained(): Scenario {
    return this.withSpec({ deletionPolicy: 'Retain' });
  }

  adopting(adoptionPolicy: 'IfUnowned' | 'Always'): Scenario {
    return this.withSpec({ adoptionPolicy, deletionPolicy: this.facts.workteam.spec.deletionPolicy ?? 'Delete' });
  }

  invalid(): Scenario {
    return this.withSpec(INVALID_SPEC);
  }

  withSpec(spec: Partial<WorkteamSpec>): Scenario {
    const workteam = { ...this.facts.workteam, spec: { ...this.facts.workteam.spec, ...spec } };
    return this.#with({ workteam, spec: initialFacts(workteam, SETTINGS, this.facts.memory, NOW).spec });
  }

  withStatus(status: WorkteamStatus): Scenario {
    const { workteam } = this.facts;
    return this.#with({ workteam: { ...workteam, status: { ...workteam.status, ...status } } });
  }

  /** The last pass found this generation in sync. */
  settledBefore(): Scenario {
    const { generation } = this.facts.workteam.metadata;
    const conditions = [readyCondition('True', 'Synced', generation)];
    return this.withStatus({ observedGeneration: generation, workteamArn: ARN, region: REGION, conditions });
  }

  // The operator.

  readOnly(): Scenario {
    return this.#with({ settings: { ...this.facts.settings, readOnly: true } });
  }

  takeoverAllowed(): Scenario {
    return this.#with({ settings: { ...this.facts.settings, allowTakeover: true } });
  }

  ignoringTags(...ignoreTagKeys: string[]): Scenario {
    return this.#with({ settings: { ...this.facts.settings, ignoreTagKeys } });
  }

  remembering(memory: Partial<Memory>): Scenario {
    return this.#with({ memory: { ...this.facts.memory, ...memory } });
  }

  later(ms: number): Scenario {
    return this.#with({ now: this.facts.now + ms });
  }

  // What this pass has found so far.

  absent(): Scenario {
    const { tags: _, ...rest } = this.facts;
    return new Scenario({ ...rest, team: 'absent' });
  }

  /** The team is there as the spec says, but for `differences`. */
  present(differences: Partial<ObservedWorkteam> = {}): Scenario {
    return this.#with({ team: { ...teamLike(this.facts.workteam.spec), ...differences }, answeredAt: LONG_AFTER });
  }

  answeredAt(answeredAt: number): Scenario {
    return this.#with({ answeredAt });
  }

  tagged(tags: Tags): Scenario {
    return this.#with({ tags });
  }

  /** The tags of the spec and this owner tag. */
  ownedBy(owner: string): Scenario {
    return this.tagged({ ...this.facts.workteam.spec.tags, [OWNER_TAG_KEY]: owner });
  }

  ours(): Scenario {
    return this.ownedBy(OURS);
  }

  unowned(): Scenario {
    return this.tagged({ ...this.facts.workteam.spec.tags });
  }

  live(): Scenario {
    return this.#with({ live: true });
  }

  /** Everything that a pass can look at was looked at: the team is there, ours, and as the spec says. */
  inSync(): Scenario {
    return this.present().ours().live().crdTerminating(false);
  }

  crdTerminating(crdTerminating: boolean): Scenario {
    return this.#with({ crdTerminating });
  }

  siblingExists(siblingExists: boolean): Scenario {
    return this.#with({ siblingExists });
  }

  knowing(facts: Partial<Facts>): Scenario {
    return this.#with(facts);
  }

  plan(): Step {
    return plan(this.facts);
  }

  #with(facts: Partial<Facts>): Scenario {
    return new Scenario({ ...this.facts, ...facts });
  }

  #metadata(metadata: Partial<ObjectMeta>): Scenario {
    const { workteam } = this.facts;
    return this.#with({ workteam: { ...workteam, metadata: { ...workteam.metadata, ...metadata } } });
  }
}
