/** Label selectors as Kubernetes writes them: which objects are ours where several operators share the Workteams of a cluster. */

/** What one requirement asks of a label. `notIn` is also true of an object without the label, as Kubernetes has it. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notIn' | 'exists' | 'absent';
  /** Empty for `exists` and `absent`. */
  readonly values: readonly string[];
}

/** All of its requirements must be met. */
export type LabelSelector = readonly Requirement[];

/** A label's value, and the last part of its key; a value may also be empty. */
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** What may stand before the slash of a key: a DNS subdomain. */
const PREFIX = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** Commas that separate requirements: those that are not within parentheses. */
const BETWEEN = /,(?![^(]*\))/;

/**
 * Reads `shard=blue`, `shard!=blue`, `shard in (blue, green)`, `shard notin (blue)`, `shard`, `!shard`, and several of these with
 * commas between them: what the API server reads, but for its comparisons of numbers. Undefined where the text is anything else.
 */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  const requirements = text.split(BETWEEN).map((part) => parseRequirement(part.trim()));
  return requirements.every((requirement) => requirement !== undefined) ? requirements : undefined;
}

function parseRequirement(text: string): Requirement | undefined {
  const { key, not, equality, value, set, values } =
    /^(?:(?<not>!)\s*)?(?<key>[^\s!=(),]+)(?:\s*(?<equality>==?|!=)\s*(?<value>[^\s!=(),]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?$/.exec(
      text,
    )?.groups ?? {};
  if (key === undefined || !isKey(key)) return undefined;
  if (equality === undefined && set === undefined)
    return { key, operator: not === undefined ? 'exists' : 'absent', values: [] };
  if (not !== undefined) return undefined;
  const listed = value === undefined ? (values ?? '').split(',').map((item) => item.trim()) : [value];
  if (!listed.every((item) => NAME.test(item) || (item === '' && value === ''))) return undefined;
  return { key, operator: equality === '!=' || set === 'notin' ? 'notIn' : 'in', values: [...new Set(listed)] };
}

/** `in` and `notin` are keys that the API server cannot read in a selector. */
function isKey(key: string): boolean {
  const parts = key.split('/');
  const [name = '', prefix] = parts.toReversed();
  if (parts.length > 2 || key === 'in' || key === 'notin') return false;
  return NAME.test(name) && (prefix === undefined || PREFIX.test(prefix));
}

/** The selector as the API server takes it. */
export function selectorText(selector: LabelSelector): string {
  return selector.map(requirementText).join(',');
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'in':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
    case 'notIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
    case 'exists':
      return key;
    case 'absent':
      return `!${key}`;
    default:
      return operator satisfies never;
  }
}

/** Whether an object with these labels is selected; the API server says the same. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>> = {}): boolean {
  return selector.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case 'in':
        return value !== undefined && values.includes(value);
      case 'notIn':
        return value === undefined || !values.includes(value);
      case 'exists':
        return value !== undefined;
      case 'absent':
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}
