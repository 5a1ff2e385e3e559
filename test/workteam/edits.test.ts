/** The rules about edits, in process, by the very table that the API server is tested with. */
import { expect, test } from 'vitest';
import {
  checkEdit,
  checkSpec,
  problemText,
  type WorkteamSpec,
  type WorkteamStatus,
} from '../../src/workteam/schema.ts';
import { transitions } from '../integration/crd-transitions.ts';
import { workteamOf } from '../support/workteam-fixture.ts';
import { validSpec } from './spec-cases.ts';

/** What is left out as JSON leaves it out. */
const asSent = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test.each(transitions)('$row $title', ({ name = 'team', before, after, status, refused }) => {
  const { metadata } = workteamOf();
  const object = (spec: object) => ({
    metadata: { ...metadata, name },
    spec: asSent({ ...validSpec, ...spec }) as WorkteamSpec,
  });
  const stored = { ...object(before), ...(status && { status: status as WorkteamStatus }) };
  const checked = checkSpec(object(after).spec, name);
  const problems = checked.ok ? checkEdit(object(after), stored) : checked.problems;
  if (refused === undefined) expect(problems).toEqual([]);
  else expect(problems.map(problemText)).toContainEqual(expect.stringContaining(refused));
});
