/** What a preview tells against what passes really do: the same facts, but an AWS in memory that acts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preview, previewDeletion, type TeamState } from '../../src/workteam/preview.ts';
import { tell } from '../../src/workteam/preview-entry.ts';
import { planReport } from '../../src/workteam/preview-schema.ts';
import { FINALIZER, OWNER_TAG_KEY, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { anySpec, tags as anyTags, team as anyTeam } from '../support/workteam-arbitraries.ts';
import { FOREIGN, groups, OURS, SETTINGS, SIBLING, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const AT = '2030-01-02T00:00:00Z';
const ABSENT: TeamState = { team: 'absent', tags: {} };
const ours = (spec: WorkteamSpec = SPEC, tags = {}): TeamState => ({
  team: teamLike(spec),
  tags: { [OWNER_TAG_KEY]: OURS, ...tags },
});
const input = (workteam: Workteam, seen: TeamState, siblingExists = true) => ({
  workteam,
  settings: SETTINGS,
  seen,
  exists: () => siblingExists,
});
const told = (spec: Partial<WorkteamSpec>, seen: TeamState, settings = {}) =>
  tell({ ...input(workteamOf(spec), seen), settings: { ...SETTINGS, ...settings } }, AT).told;

describe('what is told', () => {
  test('a team that is not there is created, with its owner tag', () => {
    expect(told({ tags: { a: 'b' } }, ABSENT)).toMatchObject({
      result: 'create',
      message: 'Work team "labelers" is as the spec says.',
      actions: [{ do: 'create', request: { workteamName: 'labelers', tags: { a: 'b', [OWNER_TAG_KEY]: OURS } } }],
      differences: [],
      onDelete: 'deleted',
    });
  });

  test('one that is as the spec says gives nothing to do', () => {
    expect(told({}, ours())).toMatchObject({ result: 'nothing', actions: [], onDelete: 'deleted' });
    expect(told({ deletionPolicy: 'Retain' }, ours())).toMatchObject({ result: 'nothing', onDelete: 'retained' });
  });

  test('who loses access and who gets it', () => {
    const seen = ours({ ...SPEC, memberDefinitions: groups('radiology', 'radiology-interns') });
    expect(told({ memberDefinitions: groups('night-shift', 'radiology') }, seen)).toMatchObject({
      result: 'update',
      members: { joins: ['night-shift'], leaves: ['radiology-interns'] },
      differences: [{ field: 'memberDefinitions' }],
      actions: [{ do: 'update', request: { memberDefinitions: groups('night-shift', 'radiology') } }],
    });
  });

  test('tags alone', () => {
    expect(told({ tags: { new: '1' } }, ours(SPEC, { old: '1' }))).toMatchObject({
      result: 'tags',
      actions: [
        { do: 'removeTags', keys: ['old'] },
        { do: 'addTags', tags: { new: '1' } },
      ],
      differences: [
        { field: 'tags.new', desired: '1' },
        { field: 'tags.old', observed: '1' },
      ],
    });
  });

  test('a team that is taken over, and then repaired', () => {
    const seen = { team: teamLike({ ...SPEC, description: 'Theirs' }), tags: {} };
    expect(told({ adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' }, seen)).toMatchObject({
      result: 'adopt',
      actions: [{ do: 'adopt', ownerTag: OURS }, { do: 'update' }],
      onDelete: 'retained',
    });
  });

  test('one that is refused, in the words of the status', () => {
    expect(told({}, { ...ours(), tags: { [OWNER_TAG_KEY]: FOREIGN } })).toMatchObject({
      result: 'refused',
      reason: 'NotOwned',
      message: expect.stringContaining(`is owned by ${FOREIGN}. Nothing was changed.`),
      actions: [],
      onDelete: 'untouched',
    });
    expect(told({}, { ...ours(), tags: { [OWNER_TAG_KEY]: SIBLING } })).toMatchObject({ reason: 'NameConflict' });
    expect(told({ workforceName: 'another' }, ours())).toMatchObject({ reason: 'ImmutableField' });
  });

  test('one that is only observed, by its policy or by --read-only, with what differs', () => {
    for (const [spec, settings] of [
      [{ managementPolicy: 'Observe' as const }, {}],
      [{}, { readOnly: true }],
    ] as const) {
      expect(told({ ...spec, description: 'Other' }, ours(), settings)).toMatchObject({
        result: 'observed',
        actions: [],
        differences: [{ field: 'description', desired: 'Other', observed: SPEC.description }],
        onDelete: 'untouched',
      });
    }
  });

  test('one that is suspended', () => {
    expect(told({ suspend: true }, ABSENT)).toMatchObject({ result: 'suspended', actions: [], onDelete: 'held' });
  });

  test('one that the cluster is deleting', () => {
    const { metadata, ...rest } = workteamOf();
    const workteam = { ...rest, metadata: { ...metadata, deletionTimestamp: AT, finalizers: [FINALIZER] } };
    expect(tell(input(workteam, ours()), AT).told).toMatchObject({
      result: 'delete',
      actions: [{ do: 'delete', workteamName: 'labelers' }],
    });
  });
});

describe('whatever there is', () => {
  const world = fc.record({
    workteam: anySpec.map((spec) => ({ ...workteamOf(spec), spec })),
    seen: fc.oneof(
      fc.constant(ABSENT),
      fc.record({ team: anyTeam, tags: anyTags }).filter(({ team }) => typeof team === 'object'),
    ),
    siblingExists: fc.boolean(),
    allowTakeover: fc.boolean(),
  });
  type World = typeof world extends fc.Arbitrary<infer W> ? W : never;
  const inputOf = ({ workteam, seen, siblingExists, allowTakeover }: World) => ({
    ...input(workteam, seen, siblingExists),
    settings: { ...SETTINGS, allowTakeover },
  });

  test('a plan comes to an end, and a second one finds nothing to do', () => {
    fc.assert(
      fc.property(world, (given) => {
        const first = preview(inputOf(given));
        const again = preview({ ...inputOf(given), seen: first.after });
        expect(again.actions).toEqual([]);
        expect(again.outcome.kind).toBe(first.outcome.kind);
      }),
    );
  });

  test('nothing is deleted that is not ours, and nothing by a preview of anything else', () => {
    fc.assert(
      fc.property(world, (given) => {
        const first = preview(inputOf(given));
        expect(first.actions.map((action) => action.do)).not.toContain('delete');
        const { metadata, ...rest } = given.workteam;
        const workteam = { ...rest, metadata: { ...metadata, finalizers: [FINALIZER] } };
        const { actions } = previewDeletion({ ...inputOf(given), workteam }, AT);
        if (actions.length > 0) expect(given.seen.tags[OWNER_TAG_KEY]).toBe(OURS);
      }),
    );
  });

  test('what is told fits the schema of the report', () => {
    fc.assert(
      fc.property(world, (given) => {
        if (given.workteam.spec.memberDefinitions.length === 0) return;
        const entry = { ...tell(inputOf(given), AT).told, region: 'eu-west-1', file: 'a.yaml', line: 1 };
        const rest = { passedOver: 0, problems: [], notes: [], clusterId: null };
        planReport.parse(JSON.parse(JSON.stringify({ version: 1, result: 'changes', workteams: [entry], ...rest })));
      }),
    );
  });
});
