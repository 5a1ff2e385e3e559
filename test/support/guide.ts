import { readFileSync } from 'node:fs';

/** The commands of a guide, by the heading that they stand under. */
export type Guide = ReadonlyMap<string, readonly string[]>;

/** A command in an indented block of Markdown; `$1` is the command. */
const COMMAND = /^ {4,}((?:kubectl|aws) .*)$/;

/** Reads the commands (of kubectl and of the AWS CLI) that a guide tells its reader to run, each a line. */
export function readGuide(path: string): Guide {
  const guide = new Map<string, string[]>();
  let heading = '';
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
    const command = COMMAND.exec(line)?.[1];
    if (command !== undefined) guide.set(heading, [...(guide.get(heading) ?? []), command]);
  }
  return guide;
}
