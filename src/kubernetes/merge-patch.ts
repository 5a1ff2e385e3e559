import { isRecord } from '../workteam/json.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON merge patch (RFC 7386) that turns `before` into `after`; undefined where they are equal. What `after` lacks
 * is removed (null in the patch); a list is one value and goes over whole. `undefined` is the same as left out.
 * Both must be plain JSON without nulls, which a merge patch cannot write.
 */
export function mergePatch(before: object, after: object): Json | undefined {
  const from: Json = { ...before };
  const to: Json = { ...after };
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const change = memberPatch(from[name], to[name]);
    if (change !== undefined) patch[name] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The patch of one member; undefined for none. */
function memberPatch(before: unknown, after: unknown): unknown {
  if (after === undefined) return before === undefined ? undefined : null;
  if (isRecord(before) && isRecord(after)) return mergePatch(before, after);
  return sameValue(before, after) ? undefined : after;
}

/** Deep equality of JSON values, whatever the order of an object's members. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => sameValue(value, b[index]));
  }
  if (isRecord(a) && isRecord(b)) return mergePatch(a, b) === undefined;
  return a === b;
}
