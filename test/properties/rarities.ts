/** Histories that chance seldom comes to, each the smallest of its kind; most of them once ended badly. */
import type { History } from './history.ts';

const QUIET = { seed: 0, switches: {}, allowTakeover: false };
const groups = (...names: string[]) => [{ oidcMemberDefinition: { groups: names } }];
const SPEC = { description: 'one', memberDefinitions: groups('a') };
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:one';

export const rarities: Readonly<Record<string, History>> = {
  'an update that its own answer does not keep is not repeated as time passes': {
    ...QUIET,
    switches: { emptyNotification: 'ignored' },
    steps: [
      {
        do: 'apply',
        name: 'blue',
        spec: { ...SPEC, notificationConfiguration: { notificationTopicArn: TOPIC } },
        pause: 60_000,
      },
      { do: 'leaveOut', name: 'blue', field: 'notificationConfiguration', pause: 60_000 },
    ],
  },
  'a topic set by hand is found although lists show no topics': {
    ...QUIET,
    switches: { listOptionalMembers: 'leftOut' },
    steps: [
      { do: 'apply', name: 'red', spec: SPEC, pause: 15_000 },
      { do: 'console', team: 'Red', deed: { topic: TOPIC }, pause: 60_000 },
    ],
  },
  'a team that was just created is ours although its predecessor is still shown, without an owner': {
    ...QUIET,
    switches: { updateToDescribeMs: 10_000, tagsToListTagsMs: 10_000 },
    steps: [
      { do: 'apply', name: 'blue', spec: SPEC, pause: 15_000 },
      { do: 'edit', name: 'blue', set: { description: 'two' }, pause: 1 },
      { do: 'apply', name: 'azure', spec: SPEC, pause: 600 },
      { do: 'delete', name: 'blue', pause: 600 },
      { do: 'restart', downMs: 0, pause: 600 },
      { do: 'edit', name: 'azure', set: { adoptionPolicy: 'IfUnowned' }, pause: 0 },
    ],
  },
  'a team whose owner tag is not shown yet is not adopted': {
    ...QUIET,
    switches: { tagsToListTagsMs: 10_000 },
    steps: [
      { do: 'apply', name: 'azure', spec: SPEC, pause: 1_000 },
      {
        do: 'apply',
        name: 'blue',
        spec: { ...SPEC, adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' },
        pause: 0,
      },
    ],
  },
  'a team that is not shown yet is not left behind by a process that has not made it': {
    ...QUIET,
    switches: { createToDescribeMs: 10_000 },
    steps: [
      { do: 'kill', nth: 2, when: 'after', downMs: 1_000, pause: 0 },
      { do: 'apply', name: 'blue', spec: SPEC, pause: 300 },
      { do: 'delete', name: 'blue', pause: 0 },
    ],
  },
  'what the watch has not told yet is what counts': {
    ...QUIET,
    steps: [
      { do: 'apply', name: 'blue', spec: SPEC, pause: 15_000 },
      { do: 'fault', nth: 1, operation: 'UpdateWorkteam', fault: { kind: 'accessDenied' }, pause: 0 },
      { do: 'edit', name: 'blue', set: { description: 'two' }, pause: 1_000 },
      { do: 'silence', ms: 90_000, pause: 0 },
      { do: 'edit', name: 'blue', set: { description: 'three' }, pause: 120_000 },
    ],
  },
  'somebody else keeps a team where nobody may take it over': {
    ...QUIET,
    steps: [
      { do: 'console', team: 'blue', deed: { make: 'foreign' }, pause: 0 },
      { do: 'apply', name: 'blue', spec: { ...SPEC, adoptionPolicy: 'Always', deletionPolicy: 'Delete' }, pause: 0 },
    ],
  },
};
