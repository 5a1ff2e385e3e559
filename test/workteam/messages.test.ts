import { describe, expect, test } from 'vitest';
import { CONDITION_REASONS } from '../../src/workteam/conditions.ts';
import { type Failure, type FailureReason, kindOf, STALLED_AFTER_MS } from '../../src/workteam/failure.ts';
import {
  doingMessage,
  driftMessage,
  failureMessage,
  readyMessage,
  recreatedMessage,
  releasedMessage,
} from '../../src/workteam/messages.ts';
import { FOREIGN, SIBLING } from '../support/workteam-fixture.ts';

/** One failure of each reason: what of it must be named, and the next step that must be there. */
const TABLE: Record<FailureReason, { failure: Failure; names: string[]; next: string }> = {
  Throttled: {
    failure: { reason: 'Throttled', operation: 'DescribeWorkteam', retryAfterMs: 5_000 },
    names: ['throttling', 'DescribeWorkteam'],
    next: 'tries again',
  },
  Unavailable: {
    failure: { reason: 'Unavailable', operation: 'ListTags', detail: 'HTTP 503' },
    names: ['ListTags', 'HTTP 503'],
    next: 'check the network',
  },
  CredentialsUnavailable: {
    failure: { reason: 'CredentialsUnavailable', detail: 'ExpiredToken' },
    names: ['credentials', 'ExpiredToken'],
    next: 'Check the role of its service account',
  },
  AccessDenied: {
    failure: { reason: 'AccessDenied', operation: 'CreateWorkteam', permission: 'sagemaker:AddTags' },
    names: ['CreateWorkteam'],
    next: 'Allow sagemaker:AddTags',
  },
  QuotaExceeded: {
    failure: { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: 'The limit is 25.' },
    names: ['quota', 'The limit is 25.'],
    next: 'Delete a work team that is no longer needed or ask AWS',
  },
  InvalidRequest: {
    failure: { reason: 'InvalidRequest', operation: 'CreateWorkteam', detail: 'No such user group.' },
    names: ['CreateWorkteam', 'No such user group.'],
    next: 'Correct the spec',
  },
  NotConverging: {
    failure: { reason: 'NotConverging', fields: ['description', 'tags.cost'] },
    names: ['work team "labelers"', 'description, tags.cost'],
    next: 'workteams.dev/requestedAt',
  },
  DeletionBlocked: {
    failure: { reason: 'DeletionBlocked', detail: 'It is in use.' },
    names: ['work team "labelers"', 'It is in use.'],
    next: 'Stop or finish the labeling jobs',
  },
  NotOwned: {
    failure: { reason: 'NotOwned', policy: 'Never' },
    names: ['Work team "labelers" exists', 'is not owned by this cluster', 'Nothing was changed'],
    next: 'Set spec.adoptionPolicy to IfUnowned to take it over',
  },
  NameConflict: {
    failure: { reason: 'NameConflict', holder: 'vision/other' },
    names: ['Work team "labelers"', 'Workteam vision/other'],
    next: 'another spec.workteamName',
  },
  ImmutableField: {
    failure: { reason: 'ImmutableField', field: 'workforceName', desired: '"a"', observed: '"b"' },
    names: ['Work team "labelers"', 'workforceName "b"', 'says "a"'],
    next: 'delete this Workteam',
  },
  InvalidSpec: {
    failure: { reason: 'InvalidSpec', problems: ['spec.description: Required value', 'spec.tags: too many'] },
    names: ['The spec'],
    next: 'spec.description: Required value; spec.tags: too many',
  },
};

const rows = Object.entries(TABLE).map(([reason, row]) => ({ reason, ...row }));

/** Whole sentences, one after the other, with nothing left of the template. */
const PROSE = /^(?:[A-Z]|spec\.)[^\n]*\.$/u;
const LEFTOVERS = /undefined|null|NaN|\[object|\$\{|\.\.$/;

describe('the message of a failure', () => {
  test.each(rows)('$reason names what is the matter and what to do', ({ failure, names, next }) => {
    const message = failureMessage(failure, 'labelers');
    for (const part of [...names, next]) expect(message).toContain(part);
    expect(message).toMatch(PROSE);
    expect(message).not.toMatch(LEFTOVERS);
  });

  test.each(rows)('$reason has the next step at its end', ({ failure, next }) => {
    const sentences = failureMessage(failure, 'labelers').split(/(?<=[.:])\s/);
    const where = sentences.findIndex((sentence) => sentence.includes(next.slice(0, 12)));
    expect(where).toBeGreaterThan(0);
  });

  test.each<[string, Failure, string[]]>([
    [
      "another cluster's, under Never",
      { reason: 'NotOwned', policy: 'Never', owner: FOREIGN },
      [FOREIGN, 'spec.adoptionPolicy to Always', '--allow-takeover'],
    ],
    [
      'a Workteam that is gone, under IfUnowned',
      { reason: 'NotOwned', policy: 'IfUnowned', owner: SIBLING },
      [SIBLING, 'spec.adoptionPolicy to Always', '--allow-takeover'],
    ],
    [
      "another cluster's, under Always",
      { reason: 'NotOwned', policy: 'Always', owner: FOREIGN },
      [FOREIGN, '--allow-takeover', 'only once', 'workteams.dev/requestedAt'],
    ],
  ])('NotOwned, owned by %s', (_, failure, parts) => {
    for (const part of parts) expect(failureMessage(failure, 'labelers')).toContain(part);
  });

  test('Unavailable, for a host that does not exist: how to get to another region', () => {
    const unknownHost = 'api.sagemaker.eu-wets-1.amazonaws.com';
    const failure: Failure = { reason: 'Unavailable', operation: 'CreateWorkteam', detail: 'ENOTFOUND', unknownHost };
    const parts = [unknownHost, 'spec.managementPolicy to Observe', 'the right spec.region', 'DNS'];
    for (const part of parts) expect(failureMessage(failure, 'labelers')).toContain(part);
  });

  test('does not say when to come again: that differs from time to time', () => {
    const failure: Failure = { reason: 'Throttled', operation: 'ListTags' };
    expect(failureMessage({ ...failure, retryAfterMs: 7_000 }, 'w')).toBe(failureMessage(failure, 'w'));
  });

  test('has at most 4,096 characters', () => {
    const failure: Failure = { reason: 'InvalidSpec', problems: Array.from({ length: 500 }, () => '🚗'.repeat(30)) };
    expect([...failureMessage(failure, 'labelers')]).toHaveLength(4_096);
  });
});

describe('the kind of a failure', () => {
  test.each<[string, FailureReason[]]>([
    ['transient', ['Throttled', 'Unavailable']],
    [
      'blocked',
      ['CredentialsUnavailable', 'AccessDenied', 'QuotaExceeded', 'InvalidRequest', 'NotConverging', 'DeletionBlocked'],
    ],
    ['terminal', ['NotOwned', 'NameConflict', 'ImmutableField', 'InvalidSpec']],
  ])('%s', (kind, reasons) => {
    expect(rows.filter(({ failure }) => kindOf(failure) === kind).map(({ reason }) => reason)).toEqual(reasons);
  });

  test('says after how long it is Stalled', () => {
    expect(STALLED_AFTER_MS).toEqual({ transient: 600_000, blocked: 120_000, terminal: 0 });
  });
});

describe('the reasons of Ready', () => {
  test('are those of the contract', () => {
    const words =
      'Synced Progressing Suspended Observed Throttled Unavailable CredentialsUnavailable AccessDenied QuotaExceeded ' +
      'InvalidRequest NotConverging DeletionBlocked NotOwned NameConflict ImmutableField InvalidSpec';
    expect(CONDITION_REASONS.Ready.toSorted()).toEqual(words.split(' ').toSorted());
  });
});

describe('other messages', () => {
  const messages = [
    ...(['working', 'waitingForCreate', 'adopting', 'deleting'] as const).map((doing) =>
      doingMessage(doing, 'labelers'),
    ),
    ...(['synced', 'observed', 'observedAbsent', 'suspended'] as const).map((kind) => readyMessage(kind, 'labelers')),
    driftMessage([]),
    driftMessage(['description', 'tags.cost']),
    releasedMessage('labelers', { because: 'notOurs' }),
    releasedMessage('labelers', { because: 'notOurs', owner: FOREIGN }),
    releasedMessage('labelers', { because: 'crdDeleted' }),
    releasedMessage('labelers', { because: 'retained' }),
    recreatedMessage('labelers'),
  ];

  test.each(messages)('%s', (message) => {
    expect(message).toMatch(PROSE);
    expect(message).not.toMatch(LEFTOVERS);
  });

  test('are all different', () => {
    expect(new Set(messages).size).toBe(messages.length);
  });

  test('of a release say that nothing was deleted, and whose the team is', () => {
    const message = releasedMessage('labelers', { because: 'notOurs', owner: FOREIGN });
    expect(message).toContain('was not deleted');
    expect(message).toContain(FOREIGN);
  });

  test('of drift have at most 4,096 characters', () => {
    expect([...driftMessage(Array.from({ length: 100 }, () => `tags.${'k'.repeat(128)}`))].length).toBe(4_096);
  });
});
