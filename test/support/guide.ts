import { readFileSync } from 'node:fs';

/** Commands or blocks of code of a guide, by the heading that they stand under. */
export type Guide = ReadonlyMap<string, readonly string[]>;

/** A command in an indented block of Markdown; `$1` is the command. */
const COMMAND = /^ {4,}((?:kubectl|aws|helm|docker) .*)$/;

/** Reads the commands that a guide tells its reader to run, each a line. */
export function readGuide(path: string): Guide {
  return byHeading(path, (line, fence) => (fence === undefined ? COMMAND.exec(line)?.[1] : undefined));
}

/** Reads the fenced blocks of one language. */
export function readBlocks(path: string, language: string): Guide {
  let block = '';
  return byHeading(path, (line, fence) => {
    if (fence !== language) return undefined;
    if (line !== '```') {
      block += line.startsWith('```') ? '' : `${line}\n`;
      return undefined;
    }
    const whole = block;
    block = '';
    return whole;
  });
}

/** What is found in each line, which is told with the language of the fenced block that it is in, if it is in one. */
function byHeading(path: string, find: (line: string, fence: string | undefined) => string | undefined): Guide {
  const guide = new Map<string, string[]>();
  let heading = '';
  let fence: string | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    fence ??= /^```(\w+)$/.exec(line)?.[1];
    if (fence === undefined) heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    const found = find(line, fence);
    if (found !== undefined) guide.set(heading, [...(guide.get(heading) ?? []), found]);
    if (line === '```') fence = undefined;
  }
  return guide;
}
