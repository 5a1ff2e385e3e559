/** The tags of a work team in AWS, as a user may write them. */
import * as z from 'zod';
import { celString, codePoints, prose, text, withRules } from './constraints.ts';

/** Tag keys that begin so are the operator's own. */
export const OWN_TAG_PREFIX = 'workteams.dev/';

const CHARACTERS = String.raw`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`;
const AWS_PREFIX = '^[aA][wW][sS]:';

const characters = new RegExp(CHARACTERS, 'u');
const awsPrefix = new RegExp(AWS_PREFIX, 'u');

/** A rule over every key. */
function everyKey(condition: string, message: string, holds: (key: string) => boolean) {
  return {
    rule: `self.all(k, ${condition})`,
    message,
    holds: (tags: Record<string, string>) => Object.keys(tags).every(holds),
  };
}

const record = z
  .record(z.string(), text({ max: 256 }).meta({ pattern: CHARACTERS }))
  .refine((tags) => Object.keys(tags).length <= 45, { error: 'Too many: must have at most 45 items', abort: true })
  .meta({ maxProperties: 45, 'x-kubernetes-map-type': 'atomic' });

export const tags = withRules(record, [
  everyKey('k.size() >= 1 && k.size() <= 128', 'tag keys have 1 to 128 characters', (key) => {
    const length = codePoints(key);
    return length >= 1 && length <= 128;
  }),
  everyKey(
    `k.matches(${celString(CHARACTERS)})`,
    'tag keys may contain letters, digits, spaces and _ . : / = + - @',
    (key) => characters.test(key),
  ),
  everyKey(
    `!k.matches(${celString(AWS_PREFIX)})`,
    'tag keys that start with aws: belong to AWS',
    (key) => !awsPrefix.test(key),
  ),
  everyKey(
    `!k.startsWith(${celString(OWN_TAG_PREFIX)})`,
    `tag keys that start with ${OWN_TAG_PREFIX} belong to the operator`,
    (key) => !key.startsWith(OWN_TAG_PREFIX),
  ),
  {
    rule: `self.all(k, self[k].matches(${celString(CHARACTERS)}))`,
    message: 'tag values may contain letters, digits, spaces and _ . : / = + - @',
    holds: (values) => Object.values(values).every((value) => characters.test(value)),
  },
]).describe(
  prose(`Tags of the work team in AWS. It has exactly these, besides aws:*, workteams.dev/* and the keys that the operator
    runs with --ignore-tag-keys for: any other tag is removed. Left out, it has none of these. At most 45, of the 50 that
    AWS allows. Keys have 1 to 128 characters, values at most 256: letters, digits, spaces and _ . : / = + - @. Keys that
    begin with aws: (in any case of letters) or workteams.dev/ are refused. Server-side apply replaces the map as a
    whole.`),
);
