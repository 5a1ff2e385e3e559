/** Where things stand in a parsed YAML document. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { SpecProblem } from '../workteam/schema.ts';

/** The line of what stands at `path`, or of the last part of the path that is written. */
export function lineOf(
  root: unknown,
  path: SpecProblem['path'],
  lineAt: (offset: number) => number,
): number | undefined {
  let node = root;
  let offset: number | undefined;
  for (const step of path) {
    if (isAlias(node)) break;
    if (isSeq(node) && typeof step === 'number') node = node.items[step];
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
      if (pair === undefined) break;
      offset = rangeOf(pair.key) ?? offset;
      node = pair.value;
    } else break;
    if (typeof step === 'number') offset = rangeOf(node) ?? offset;
  }
  return offset === undefined ? undefined : lineAt(offset);
}

function rangeOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

/** The offsets at which keys are written for the second time in their map. */
export function repeatedKeys(node: unknown): number[] {
  if (isSeq(node)) return node.items.flatMap(repeatedKeys);
  if (!isMap(node)) return [];
  const keys = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const text = String(isScalar(key) ? key.value : key);
    const isRepeated = keys.has(text) && text !== '<<';
    keys.add(text);
    return [...(isRepeated ? [rangeOf(key) ?? 0] : []), ...repeatedKeys(value)];
  });
}
