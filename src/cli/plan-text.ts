/** A plan as people read it: pure. */
import { display } from '../workteam/compare.ts';
import type { Json } from '../workteam/json.ts';
import type { PlanAction, PlanEntry, PlanReport, PrunedEntry } from '../workteam/preview-schema.ts';

/** How a line is shown on a terminal. */
type Paint = 'add' | 'remove' | 'change' | 'bad' | 'bold' | 'dim';

const CODES: Readonly<Record<Paint, number>> = { add: 32, remove: 31, change: 33, bad: 31, bold: 1, dim: 2 };

/** What each result is called. */
const WORDS: Readonly<Record<PlanEntry['result'], string>> = {
  create: 'will be created',
  adopt: 'will be taken over',
  update: 'will be changed',
  tags: 'will be tagged anew',
  delete: 'is being deleted',
  release: 'is being released',
  nothing: 'is as the manifest says',
  observed: 'is only observed',
  suspended: 'is suspended',
  refused: 'is refused',
};

/** The whole report, ending in a line that sums it up; in colour for a terminal. */
export function planText(report: PlanReport, colour: boolean): string {
  const paint = (how: Paint, text: string): string => (colour ? `\u001b[${CODES[how]}m${text}\u001b[0m` : text);
  const blocks = report.workteams
    .filter(({ result }) => result !== 'nothing')
    .map((entry) => entryLines(entry, paint).join('\n'));
  const pruned = (report.prune ?? []).map((entry) => prunedLines(entry, paint).join('\n'));
  const problems = report.problems.map(({ file, line, message }) => {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    return paint('bad', visible(`${place}${message}`));
  });
  const notes = report.notes.map((note) => paint('dim', visible(`Note: ${note}`)));
  const parts = [...blocks, ...pruned, problems.join('\n'), notes.join('\n'), summary(report)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function entryLines(entry: PlanEntry, paint: (how: Paint, text: string) => string): string[] {
  const { namespace, name, region, workteamName, result } = entry;
  const title = `Workteam ${namespace}/${name}: work team ${workteamName} in ${region} ${WORDS[result]}`;
  const lines = [paint(result === 'refused' ? 'bad' : 'bold', visible(title))];
  if (result === 'refused' || result === 'observed' || result === 'suspended')
    lines.push(`  ${visible(entry.message)}`);
  const create = entry.actions.find((action) => action.do === 'create');
  if (create !== undefined) lines.push(...requestLines(create).map((line) => paint('add', visible(`  + ${line}`))));
  const adopt = entry.actions.find((action) => action.do === 'adopt');
  if (adopt !== undefined) {
    const from = adopt.from === undefined ? 'nobody' : adopt.from;
    lines.push(paint('change', visible(`  ~ owner: ${from} -> ${adopt.ownerTag}`)));
  }
  for (const [how, text] of entry.differences.flatMap((difference) => differenceLines(difference, entry)))
    lines.push(paint(how, visible(`  ${text}`)));
  const isLost = entry.onDelete === 'deleted' && entry.actions.length > 0 && result !== 'delete';
  if (isLost)
    lines.push(paint('dim', '  ! Deleting this Workteam later deletes the work team, irrevocably (deletionPolicy).'));
  return lines;
}

function requestLines({ request }: Extract<PlanAction, { do: 'create' }>): string[] {
  const { workteamName: _name, memberDefinitions, tags, ...fields } = request;
  return [
    ...Object.entries(fields).map(([field, value]) => `${field}: ${display(value)}`),
    ...memberDefinitions.flatMap(({ cognitoMemberDefinition: cognito, oidcMemberDefinition: oidc }) =>
      [...(cognito === undefined ? [] : [cognito.userGroup]), ...(oidc?.groups ?? [])].map(
        (group) => `${group}  will have access`,
      ),
    ),
    ...Object.entries(tags).map(([key, value]) => `tags.${key}: ${display(value)}`),
  ];
}

function differenceLines(
  { field, desired, observed }: PlanEntry['differences'][number],
  { members, result }: PlanEntry,
): [Paint, string][] {
  const words = result === 'observed' ? ['is wanted', 'is not wanted'] : ['will get access', 'will lose access'];
  if (field === 'memberDefinitions' && members !== undefined && members.joins.length + members.leaves.length > 0) {
    return [
      ...members.leaves.map((group): [Paint, string] => ['remove', `- ${group}  ${words[1]}`]),
      ...members.joins.map((group): [Paint, string] => ['add', `+ ${group}  ${words[0]}`]),
    ];
  }
  const [wanted, found] = [desired as Json | undefined, observed as Json | undefined];
  if (found === undefined) return [['add', `+ ${field}: ${display(wanted)}`]];
  if (wanted === undefined) return [['remove', `- ${field}: ${display(found)}`]];
  return [['change', `~ ${field}: ${display(found)} -> ${display(wanted)}`]];
}

function prunedLines(entry: PrunedEntry, paint: (how: Paint, text: string) => string): string[] {
  const { namespace, name, region, workteamName, result, message } = entry;
  const title = `Workteam ${namespace}/${name} is in no manifest: work team ${workteamName} in ${region}`;
  return [
    paint(result === 'delete' ? 'bad' : 'bold', visible(title)),
    paint(result === 'delete' ? 'remove' : 'dim', visible(`  ${result === 'delete' ? '- ' : ''}${message}`)),
  ];
}

function summary({ workteams, prune, passedOver, problems }: PlanReport): string {
  const count = (...results: string[]): number => workteams.filter(({ result }) => results.includes(result)).length;
  const parts: [number, string][] = [
    [count('create'), 'to create'],
    [count('adopt'), 'to take over'],
    [count('update', 'tags'), 'to change'],
    [count('delete', 'release'), 'being deleted'],
    [count('refused'), 'refused'],
    [count('observed'), 'only observed'],
    [count('suspended'), 'suspended'],
    [(prune ?? []).filter(({ result }) => result !== 'nothing').length, 'to prune'],
    [problems.length, problems.length === 1 ? 'problem' : 'problems'],
  ];
  const said = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  const others = passedOver === 0 ? '' : ` Passed over: ${passedOver} of other kinds.`;
  const total = `${workteams.length} ${workteams.length === 1 ? 'Workteam' : 'Workteams'}`;
  return `${total}: ${said.length === 0 ? 'nothing to do' : said.join(', ')}.${others}`;
}

/** Text of others, which must not move the cursor or turn the direction of reading. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
