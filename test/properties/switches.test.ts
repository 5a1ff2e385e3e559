/** Every position of every switch of the emulator, each alone: whatever AWS turns out to do, a day ends the same. */
import { describe, expect, test } from 'vitest';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { days } from './days.ts';
import { type Life, live } from './history.ts';
import { judge } from './judge.ts';
import { keyOf, readyReason } from './judge-end.ts';
import { positions } from './positions.ts';

for (const [name, { history, end }] of Object.entries(days)) {
  describe(`a day of ${name}`, async () => {
    const byDefault = await live({ ...history, switches: {} }, ending);

    test('ends as planned', () => {
      expect(byDefault).toMatchObject({ problems: [], reasons: end });
    });

    for (const [knob, [usual, ...others]] of Object.entries(positions)) {
      test(`${knob}: ${usual}, as by default`, () => {
        expect(byDefault.problems).toEqual([]);
      });
      test.each(others)(`${knob}: %s`, async (value) => {
        expect(await live({ ...history, switches: { [knob]: value } }, ending)).toEqual({ ...byDefault, problems: [] });
      });
    }
  });
}

/** What is wrong with a life, and what there is at its end. */
function ending(life: Life) {
  const { api, teams } = life.world;
  return {
    problems: judge(life),
    reasons: Object.fromEntries(api.list().map((object) => [keyOf(object), readyReason(object)])),
    teams: [...teams.values()].map(comparable),
  };
}

/** A team without what is the server's choice. */
function comparable({ workteam, tags }: TeamSnapshot): object {
  const { WorkteamName, Description, NotificationConfiguration: topic, MemberDefinitions: members } = workteam;
  const groups = members.flatMap((member) => member.OidcMemberDefinition?.Groups ?? []).toSorted();
  return { WorkteamName, Description, topic: topic?.NotificationTopicArn, groups, tags };
}
