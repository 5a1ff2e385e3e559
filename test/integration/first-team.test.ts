/** docs/guides/first-team.md and the first team of the README, by a stranger with a shell: nothing is there but this repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { useLaptop, writesOn } from '../support/laptop.ts';
import { readerOf } from '../support/reader.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const laptop = useLaptop();
const { desk, guide } = laptop;
const readme = readerOf('README.md', desk);

describe('from nothing to an adopted team', () => {
  test('three terminals', () => laptop.openTerminals('npm run control-plane'));

  test('A team: created, and put back', async () => {
    const teamsOf = (text = ''): { workteam: { MemberDefinitions: unknown } }[] => JSON.parse(text);
    const [, , list, teams] = await guide.follow('A team', (text) => !/console|events/.test(text));
    expect(list).toMatch(/street-scenes +True +Synced/);
    const before = teamsOf(teams)[0]?.workteam.MemberDefinitions;
    await guide.follow('A team', (text) => text.includes('console'));
    const repaired = async () => (await guide.follow('A team', (text) => text.includes('events')))[0]?.includes('Put ');
    await eventually(repaired, { what: 'the repair', within: 60_000 });
    const [after] = await guide.follow('A team', (text) => text.includes('/teams'));
    expect(teamsOf(after)[0]?.workteam.MemberDefinitions).toEqual(before);
  });

  test('A team that was there before: nothing but the owner tag is added', async () => {
    const said = (await guide.follow('A team that was there before')).join('\n');
    expect(said).toContain('Workteam default/lidar: work team Lidar in eu-west-1 will be');
    const manifest = readFileSync(join(desk.folder, 'teams', 'lidar.yaml'), 'utf8');
    expect(manifest).toContain('managementPolicy: Manage');
    expect(writesOn(await laptop.ledger(), 'Lidar')).toEqual(['AddTags']);
  });

  test('Clean up: one work team goes, the other stays', async () => {
    await guide.follow('Clean up');
    const [left] = await guide.follow('A team', (text) => text.includes('/teams'));
    expect(left).toContain('Lidar');
    expect(left).not.toContain('street-scenes');
  });

  test('the team of the README', async () => {
    const shown = await readme.follow('A work team', (text) => !/^(NAME|street-scenes) /.test(text));
    const lines = readme.take('A work team', (text) => /^(NAME|street-scenes) /.test(text));
    const columns = (text = '') => text.split(/ {2,}/).slice(0, -1);
    const printed = (shown.at(-1) ?? '').split('\n');
    expect(printed.slice(0, 2).map(columns)).toEqual(lines.map(columns));
  });
});

readme.leavesNothingOut();
// What Argo CD has to do with is played by test/argocd/first-team.test.ts.
guide.leavesNothingOut(({ heading, text }) => heading === 'Into Git' || text.includes('--argo-cd'));
