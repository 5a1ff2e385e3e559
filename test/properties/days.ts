/** Histories for every position of every switch: between them, whatever can be done happens. */
import { cognitoMembers, oidcMembers, specWith } from '../support/specs.ts';
import { RESYNC_MS } from '../support/world.ts';
import type { History, Step } from './history.ts';

const SECOND = 1_000;
/** Longer than reads are late. */
const SOON = 15 * SECOND;
/** Long enough for the next sweep to find what was done, and for the next one that reads tags. */
const SWEPT = 1.2 * RESYNC_MS;
const TAGS_READ = 7 * RESYNC_MS;

const topic = (name: string) => ({ notificationTopicArn: `arn:aws:sns:eu-west-1:111122223333:${name}` });
const [ONE, TWO] = [topic('one'), topic('two')];
const access = (iamPolicyConstraints: object) => ({
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints } },
});

/** What the Workteams of a day say in the end, and how it comes to that. */
interface Day {
  readonly end: Readonly<Record<string, string>>;
  readonly history: Omit<History, 'switches'>;
}

const day = (end: Day['end'], steps: readonly Step[]): Day => ({
  end,
  history: { seed: 1, allowTakeover: true, steps },
});

export const days: Readonly<Record<string, Day>> = {
  edits: day({ 'vision/blue': 'Synced', 'vision/red': 'Synced' }, [
    {
      do: 'apply',
      name: 'blue',
      spec: specWith({
        memberDefinitions: [...oidcMembers('a', 'b'), ...oidcMembers('c')],
        notificationConfiguration: ONE,
        tags: { team: '1', cost: '1' },
        ...access({ sourceIp: 'Enabled' }),
      }),
      pause: 300,
    },
    { do: 'apply', name: 'red', spec: specWith({ tags: { team: '1' } }), pause: 2 * SECOND },
    // 200 code points, and twice as many UTF-16 units.
    { do: 'edit', name: 'blue', set: { description: '👷'.repeat(200) }, pause: SOON },
    { do: 'edit', name: 'blue', set: { description: 'two' }, pause: 2 * SECOND },
    { do: 'edit', name: 'blue', set: { memberDefinitions: oidcMembers('b', 'd') }, pause: SOON },
    { do: 'edit', name: 'blue', set: { tags: { team: '2' } }, pause: SECOND },
    { do: 'edit', name: 'blue', set: { tags: { cost: '2' } }, pause: SOON },
    { do: 'edit', name: 'blue', set: { notificationConfiguration: TWO }, pause: SOON },
    { do: 'leaveOut', name: 'blue', field: 'notificationConfiguration', pause: SOON },
    { do: 'edit', name: 'blue', set: { notificationConfiguration: ONE }, pause: SOON },
    { do: 'edit', name: 'blue', set: access({ sourceIp: 'Disabled', vpcSourceIp: 'Enabled' }), pause: SOON },
    { do: 'edit', name: 'blue', set: access({ sourceIp: 'Disabled' }), pause: SOON },
    { do: 'delete', name: 'red', pause: SECOND },
    { do: 'edit', name: 'blue', set: { memberDefinitions: cognitoMembers('a') }, pause: SOON },
    { do: 'apply', name: 'red', spec: specWith({ description: 'anew' }), pause: SOON },
    { do: 'edit', name: 'blue', set: { memberDefinitions: oidcMembers('a', 'b') }, pause: SOON },
    { do: 'edit', name: 'blue', set: { suspend: true }, pause: SOON },
    { do: 'edit', name: 'blue', set: { description: 'three' }, pause: SOON },
    { do: 'console', team: 'blue', deed: { groups: ['a', 'x'] }, pause: SOON },
    { do: 'leaveOut', name: 'blue', field: 'suspend', pause: SOON },
    { do: 'ask', name: 'blue', pause: SOON },
    { do: 'edit', name: 'red', set: { managementPolicy: 'Observe' }, pause: SOON },
    { do: 'console', team: 'Red', deed: { describe: 'by hand' }, pause: SWEPT },
    { do: 'leaveOut', name: 'red', field: 'managementPolicy', pause: SOON },
    { do: 'edit', name: 'red', set: { deletionPolicy: 'Retain' }, pause: 0 },
    { do: 'delete', name: 'red', pause: SOON },
    { do: 'apply', name: 'red', spec: specWith({ adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' }), pause: 0 },
  ]),
  drifts: day({ 'vision/blue': 'NotOwned', 'vision/red': 'Synced' }, [
    { do: 'console', team: 'blue', deed: { make: 'foreign' }, pause: SOON },
    {
      do: 'apply',
      name: 'blue',
      spec: specWith({ notificationConfiguration: ONE, tags: { team: '1' } }),
      pause: SOON,
    },
    { do: 'delete', name: 'blue', pause: SOON },
    {
      do: 'apply',
      name: 'blue',
      spec: specWith({ notificationConfiguration: ONE, tags: { team: '1' } }),
      pause: SOON,
    },
    { do: 'console', team: 'blue', deed: { gone: true }, pause: 2 * SWEPT },
    { do: 'edit', name: 'blue', set: access({ vpcSourceIp: 'Enabled' }), pause: SOON },
    { do: 'console', team: 'blue', deed: { describe: 'by hand' }, pause: SWEPT },
    { do: 'console', team: 'blue', deed: { groups: ['x'] }, pause: SECOND },
    { do: 'edit', name: 'blue', set: { description: 'two' }, pause: SWEPT },
    { do: 'console', team: 'blue', deed: { topic: '' }, pause: SWEPT },
    { do: 'console', team: 'blue', deed: { topic: TWO.notificationTopicArn }, pause: SWEPT },
    { do: 'console', team: 'blue', deed: { access: { vpcSourceIp: 'Disabled' } }, pause: SWEPT },
    { do: 'console', team: 'blue', deed: { tag: 'other', value: 'by hand' }, pause: TAGS_READ },
    { do: 'console', team: 'blue', deed: { untag: 'team' }, pause: 0 },
    { do: 'ask', name: 'blue', pause: SOON },
    { do: 'console', team: 'blue', deed: { gone: true }, pause: SWEPT },
    { do: 'console', team: 'blue', deed: { owner: 'none' }, pause: TAGS_READ },
    { do: 'edit', name: 'blue', set: { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' }, pause: SOON },
    { do: 'console', team: 'blue', deed: { owner: 'foreign' }, pause: TAGS_READ },
    { do: 'edit', name: 'blue', set: { adoptionPolicy: 'Always' }, pause: SOON },
    // Taken back, it stays theirs.
    { do: 'console', team: 'blue', deed: { owner: 'foreign' }, pause: TAGS_READ },
    { do: 'console', team: 'Red', deed: { make: 'foreign' }, pause: SOON },
    { do: 'apply', name: 'red', spec: specWith(), pause: SOON },
    { do: 'edit', name: 'red', set: { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' }, pause: SOON },
    { do: 'edit', name: 'red', set: { adoptionPolicy: 'Always' }, pause: SOON },
  ]),
  faults: day({ 'vision/red': 'Synced' }, [
    { do: 'fault', nth: 1, operation: 'CreateWorkteam', fault: { kind: 'dropAfter' }, pause: 0 },
    { do: 'apply', name: 'blue', spec: specWith({ tags: { team: '1' } }), pause: SOON },
    { do: 'apply', name: 'azure', spec: specWith({ description: 'wants it, too' }), pause: SOON },
    { do: 'fault', nth: 1, operation: 'UpdateWorkteam', fault: { kind: 'http5xx', acts: true }, pause: 0 },
    { do: 'edit', name: 'blue', set: { description: 'two' }, pause: SOON },
    { do: 'fault', nth: 1, operation: 'AddTags', fault: { kind: 'throttle' }, pause: 0 },
    { do: 'fault', nth: 1, operation: 'DeleteTags', fault: { kind: 'dropBefore' }, pause: 0 },
    { do: 'edit', name: 'blue', set: { tags: { cost: '2' } }, pause: SOON },
    { do: 'mislead', nth: 1, times: 5, pause: 0 },
    { do: 'edit', name: 'blue', set: { description: 'three' }, pause: SECOND },
    { do: 'edit', name: 'blue', set: { memberDefinitions: oidcMembers('a', 'b') }, pause: SOON },
    { do: 'fault', nth: 1, fault: { kind: 'hang', acts: true }, pause: 0 },
    { do: 'break', nth: 2, when: 'after', pause: 0 },
    { do: 'edit', name: 'blue', set: { memberDefinitions: oidcMembers('b') }, pause: SOON },
    { do: 'fault', nth: 1, operation: 'UpdateWorkteam', fault: { kind: 'accessDenied' }, pause: 0 },
    { do: 'fault', nth: 2, operation: 'DescribeWorkteam', fault: { kind: 'nonJson' }, pause: 0 },
    { do: 'edit', name: 'blue', set: { description: 'four' }, pause: 60 * SECOND },
    { do: 'quota', left: 0, pause: 0 },
    { do: 'apply', name: 'red', spec: specWith(), pause: SOON },
    { do: 'quota', left: 1, pause: 60 * SECOND },
    { do: 'kill', nth: 3, when: 'after', downMs: 500, pause: 0 },
    { do: 'edit', name: 'red', set: { tags: { team: '1' } }, pause: SOON },
    { do: 'delete', name: 'red', pause: SOON },
    { do: 'kill', nth: 2, when: 'after', downMs: 3_000, pause: 0 },
    { do: 'apply', name: 'red', spec: specWith({ tags: { team: '2' } }), pause: SOON },
    { do: 'jobs', team: 'blue', pending: 1, pause: 0 },
    { do: 'delete', name: 'blue', pause: SOON },
    { do: 'restart', downMs: 500, pause: SOON },
    { do: 'jobs', team: 'blue', pending: 0, pause: SWEPT },
    { do: 'strip', name: 'azure', pause: SOON },
    { do: 'hold', name: 'azure', pause: 0 },
    { do: 'edit', name: 'azure', set: { suspend: true }, pause: SOON },
    { do: 'delete', name: 'azure', pause: SOON },
    { do: 'strip', name: 'azure', pause: 0 },
    { do: 'edit', name: 'azure', set: { suspend: false }, pause: SOON },
    { do: 'fault', nth: 1, operation: 'DeleteWorkteam', fault: { kind: 'dropAfter' }, pause: 0 },
    { do: 'silence', ms: 3_000, pause: 0 },
    { do: 'delete', name: 'red', pause: 60 * SECOND },
    { do: 'apply', name: 'red', spec: specWith({ description: 'anew' }), pause: SWEPT },
  ]),
};
