/** Manifests as text: the same bytes for the same manifests. */
import { Document, Scalar, visit } from 'yaml';
import type { ImportedWorkteam } from '../workteam/manifest.ts';

/** How manifests are written. */
export type Format = 'yaml' | 'json';

/** One manifest, as it stands in a file of its own. JSON has no place for comments. */
export function renderOne(workteam: ImportedWorkteam, format: Format): string {
  return format === 'json' ? json(workteam.manifest) : yaml(workteam);
}

/** All manifests in one text that `kubectl apply -f -` takes: YAML documents, or a List in JSON. */
export function renderAll(workteams: readonly ImportedWorkteam[], format: Format): string {
  if (format === 'yaml') return workteams.map(yaml).join('---\n');
  return json({ apiVersion: 'v1', kind: 'List', items: workteams.map(({ manifest }) => manifest) });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Beyond this many characters a comment goes on in another line. */
const WIDTH = 110;

function yaml(workteam: ImportedWorkteam): string {
  const document = new Document(workteam.manifest, { aliasDuplicateObjects: false });
  if (document.contents !== null) document.contents.commentBefore = commentsOf(workteam).flatMap(wrapped).join('\n');
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && !isPlain(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 }).replace(UNPRINTABLE, escaped);
}

/** What somebody reads before anything else. */
function commentsOf({ workteamName, region, comments }: ImportedWorkteam): string[] {
  return [
    `Work team "${workteamName}" of ${region}, as it is in AWS. This Workteam only observes it and writes nothing to AWS.`,
    'To take it over, set managementPolicy to Manage: the owner tag is added, and from then on whoever is not listed here is off the team, and tags that are not listed are removed. To have the team deleted together with this Workteam, set deletionPolicy to Delete as well.',
    ...comments,
  ];
}

function wrapped(paragraph: string): string[] {
  const lines: string[] = [];
  let line = '';
  // Whatever came from AWS may hold what begins a new line somewhere.
  for (const word of paragraph.split(/[\p{Z}\p{C}]+/u)) {
    if (line.length + word.length > WIDTH) {
      lines.push(line);
      line = '';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/**
 * Words that some reader of YAML takes for something else than text: Kubernetes reads YAML 1.1. An exponent alone is a
 * number to some.
 */
const RESERVED = /^(?:y|yes|n|no|on|off|true|false|null|nan|inf|e[-+]?\d+)$/i;

/** Whether a text means itself to every reader of YAML, without quotes. Everything else is quoted. */
function isPlain(text: string): boolean {
  if (RESERVED.test(text)) return false;
  return /^[a-zA-Z][\p{L}\p{N} ._/+@-]*[\p{L}\p{N}]$|^[a-zA-Z]$|^arn:[\w:./+@-]*\w$/u.test(text);
}

/** What YAML does not take as it is, or takes for a line break. Only texts in double quotes can hold any of it. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
