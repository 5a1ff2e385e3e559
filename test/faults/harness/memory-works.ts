/** Pieces of work for the points in memory: between them, everything that the operator writes. */
import type { Spec, Step } from '../../properties/history.ts';
import { oidcMembers, specWith } from '../../support/specs.ts';
import type { Work } from './memory.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const topic = (name: string) => ({ notificationTopicArn: `arn:aws:sns:eu-west-1:111122223333:${name}` });

/** A Workteam with everything that can be edited. */
export const FULL: Spec = specWith({
  memberDefinitions: oidcMembers('a', 'b'),
  notificationConfiguration: topic('work'),
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } },
  tags: { kept: 'yes', removed: 'soon' },
});

/** All of it edited at once. */
export const EDITED: Partial<Spec> = {
  description: 'Labels other things',
  memberDefinitions: oidcMembers('b', 'c'),
  notificationConfiguration: topic('other'),
  tags: { kept: 'yes', added: 'new' },
};

/** The object is there, and everything has come to rest. */
export const applied = (spec: Spec, pause = MINUTE): Step => ({ do: 'apply', name: 'blue', spec, pause });

/** A team of somebody else, older than what reads may show late. */
export const made = (make: 'unowned' | 'foreign'): Step => ({
  do: 'console',
  team: 'blue',
  deed: { make },
  pause: MINUTE,
});

export const create: Work = { title: 'a create', before: [], deeds: [applied(FULL, 0)] };

export const edit: Work = {
  title: 'an edit',
  before: [applied(FULL)],
  deeds: [{ do: 'edit', name: 'blue', set: EDITED, pause: 0 }],
};

export const edits: Work = {
  title: 'an edit of tags after one of members',
  before: [applied(FULL)],
  deeds: [
    { do: 'edit', name: 'blue', set: { memberDefinitions: oidcMembers('b', 'c') }, pause: 2 * SECOND },
    { do: 'edit', name: 'blue', set: { tags: { kept: 'no', added: 'new' } }, pause: 0 },
  ],
};

export const adoption: Work = {
  title: 'an adoption',
  before: [made('unowned')],
  deeds: [applied({ ...FULL, adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' }, 0)],
};

export const takeover: Work = {
  title: 'a takeover',
  before: [made('foreign')],
  deeds: [applied({ ...FULL, adoptionPolicy: 'Always', deletionPolicy: 'Retain' }, 0)],
  allowTakeover: true,
};

export const deletion: Work = {
  title: 'a deletion',
  before: [applied(FULL)],
  deeds: [{ do: 'delete', name: 'blue', pause: 0 }],
};

export const release: Work = {
  title: 'a deletion that retains',
  before: [applied({ ...FULL, deletionPolicy: 'Retain' })],
  deeds: [{ do: 'delete', name: 'blue', pause: 0 }],
};

export const again: Work = {
  title: 'a deletion and another create',
  before: [applied(FULL)],
  deeds: [{ do: 'delete', name: 'blue', pause: MINUTE }, applied({ ...FULL, description: 'Anew' }, 0)],
};

export const recreation: Work = {
  title: 'a team deleted behind our back',
  before: [applied(FULL)],
  deeds: [
    { do: 'console', team: 'blue', deed: { gone: true }, pause: 0 },
    { do: 'ask', name: 'blue', pause: 0 },
  ],
};

export const WORKS: readonly Work[] = [create, edit, edits, adoption, takeover, deletion, release, again, recreation];
