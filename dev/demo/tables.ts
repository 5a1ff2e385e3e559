/** The tables of the story, from facts. Pure. */
import { fates, type Team, type Write } from './facts.ts';
import type { Cell, Table } from './text.ts';

const NONE: Cell = { text: '–', tone: 'quiet' };

/** Every member of every team, before and after; regions and teams are named once. */
export function membersTable(before: readonly Team[], after: readonly Team[]): Table {
  const rows = after.flatMap((team) => {
    const was = before.find(({ region, name }) => region === team.region && name === team.name)?.members ?? [];
    return fates(was, team.members).map(({ group, before: on, after: stays }, index): Cell[] => [
      index === 0 ? team.region : '',
      index === 0 ? team.name : '',
      index === 0 ? team.kind : '',
      group,
      onTeam(on),
      onTeam(stays, on ? 'plain' : 'good'),
    ]);
  });
  return { columns: ['region', 'work team', 'kind', 'group', 'before', 'after'], rows };
}

/** Who was dropped, who stayed, who joined. */
export function replacementTable(before: readonly string[], after: readonly string[]): Table {
  const rows = fates(before, after).map(({ group, before: was, after: is }): Cell[] => [
    group,
    onTeam(was),
    onTeam(is),
    verdict(was, is),
  ]);
  return { columns: ['group', 'before', 'after', ''], rows };
}

function verdict(was: boolean, is: boolean): Cell {
  if (was && is) return { text: 'stayed', tone: 'quiet' };
  return was ? { text: 'dropped', tone: 'bad' } : { text: 'joined', tone: 'good' };
}

/** What the spec says, what somebody made of it, and what there is after the repair. */
export function repairTable(spec: readonly string[], meddled: readonly string[], repaired: readonly string[]): Table {
  const rows = fates(spec, [...meddled, ...repaired]).map(({ group }): Cell[] => {
    const changed = spec.includes(group) !== meddled.includes(group);
    const mended = changed && spec.includes(group) === repaired.includes(group);
    return [
      group,
      onTeam(spec.includes(group)),
      onTeam(meddled.includes(group), changed ? 'bad' : 'plain'),
      onTeam(repaired.includes(group), mended ? 'good' : 'plain'),
      mended ? { text: repaired.includes(group) ? 'brought back' : 'taken off', tone: 'good' } : '',
    ];
  });
  return { columns: ['group', 'spec', 'console', 'repaired', ''], rows };
}

/** Teams that were there, and whether they still are. */
export function teamsTable(before: readonly Team[], after: readonly Team[]): Table {
  const rows = before.map(({ region, name, members }): Cell[] => {
    const stays = after.some((team) => team.region === region && team.name === name);
    const size = `${members.length} ${members.length === 1 ? 'group' : 'groups'}`;
    return [region, name, size, stays ? { text: 'there', tone: 'bad' } : { text: 'gone', tone: 'good' }];
  });
  return { columns: ['region', 'work team', 'before', 'after'], rows };
}

/** One line for each write; times are counted from `began`. */
export function ledgerTable(writes: readonly Write[], began: Date): Table {
  const rows = writes.map(({ by, time, region, operation, team, members, outcome }): Cell[] => [
    `${((time.getTime() - began.getTime()) / 1000).toFixed(1).padStart(4)} s`,
    region,
    operation.replace(/Workteam$/, '') + (by === 'console' ? ' *' : ''),
    team,
    outcome === 'ok' ? members.join(', ') : { text: outcome, tone: 'bad' },
  ]);
  return { columns: ['time', 'region', 'operation', 'work team', 'members sent'], rows };
}

function onTeam(on: boolean, tone: 'plain' | 'good' | 'bad' = 'plain'): Cell {
  if (on) return { text: 'on team', tone };
  return tone === 'plain' ? NONE : { text: '–', tone };
}
