/** What a PromQL expression names: enough of the language for the alerts and the dashboard, and no more. */
export interface Named {
  readonly metrics: readonly string[];
  /** Labels that are matched, `reason=~"a|b"`, with the metric they are matched on and the values, if they are literal. */
  readonly matched: readonly { readonly metric: string; readonly label: string; readonly values: readonly string[] }[];
  /** Labels of `by`, `on`, `without` and `ignoring`. */
  readonly grouped: readonly string[];
}

const GROUPING = new Set(['by', 'on', 'without', 'ignoring', 'group_left', 'group_right']);
const OPERATORS = new Set(['and', 'or', 'unless', 'bool', 'offset']);

/** @throws Error at anything that it does not understand */
export function namedIn(expression: string): Named {
  const metrics: string[] = [];
  const matched: { metric: string; label: string; values: string[] }[] = [];
  const grouped: string[] = [];
  let rest = expression;
  /** Takes what the pattern matches off the front. */
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = new RegExp(`^\\s*(?:${pattern.source})`).exec(rest) ?? undefined;
    if (match !== undefined) rest = rest.slice(match[0].length);
    return match;
  };
  while (rest.trim() !== '') {
    const word = take(/[a-zA-Z_:][\w:]*/)?.[0].trim();
    if (word === undefined) {
      // Numbers, ranges, operators, brackets.
      if (take(/\d[\w.]*|\[[^\]]*\]|[-+*/%^(),]|[=!<>]=?/) === undefined) throw new Error(`not understood: ${rest}`);
    } else if (GROUPING.has(word)) {
      const labels = take(/\(([^)]*)\)/)?.[1] ?? '';
      grouped.push(...labels.split(',').map((label) => label.trim()));
    } else if (!OPERATORS.has(word) && !/^\s*\(/.test(rest) && !/^\s*(by|without)\b/.test(rest)) {
      metrics.push(word);
      matched.push(...matchersIn(take(/\{([^}]*)\}/)?.[1] ?? '', word));
    }
  }
  return { metrics, matched, grouped: grouped.filter((label) => label !== '') };
}

function matchersIn(text: string, metric: string): { metric: string; label: string; values: string[] }[] {
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', operator = '', value = '']) => {
    const isLiteral = !value.includes('$') && !/[.*+]/.test(value);
    const values = operator.endsWith('~') ? value.split('|') : [value];
    return { metric, label, values: isLiteral ? values : [] };
  });
}
