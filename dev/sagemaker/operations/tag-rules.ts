import { validationError } from '../errors.ts';
import type { Tag } from '../shapes.ts';
import type { Tags } from '../store.ts';

/** AWS allows 50 tags on a resource. */
const MOST_TAGS = 50;

/**
 * The tags of a request as a map.
 * @throws ServiceError ValidationException for AWS's own prefix, in any letter case, and for a key that comes twice
 */
export function newTags(tags: readonly Tag[]): Tags {
  const reserved = tags.find(({ Key }) => isReserved(Key));
  if (reserved) throw validationError(`The tag key ${reserved.Key} cannot begin with aws:, which is reserved for AWS`);
  const map = new Map(tags.map(({ Key, Value }) => [Key, Value]));
  if (map.size < tags.length) throw validationError('Duplicate tag keys found. Tag keys must be unique');
  return map;
}

/** @throws ServiceError ValidationException when the two together are too many */
export function mergedTags(existing: Tags, added: Tags): Tags {
  const merged = new Map([...existing, ...added]);
  if (merged.size > MOST_TAGS) throw validationError(`A resource cannot have more than ${MOST_TAGS} tags`);
  return merged;
}

/** @throws ServiceError ValidationException for AWS's own tags */
export function withoutTags(existing: Tags, keys: readonly string[]): Tags {
  const reserved = keys.find(isReserved);
  if (reserved) throw validationError(`The tag ${reserved} cannot be removed, it is reserved for AWS`);
  return new Map([...existing].filter(([key]) => !keys.includes(key)));
}

export function asTagList(tags: Tags): readonly Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value })).toSorted((a, b) => (a.Key < b.Key ? -1 : 1));
}

const isReserved = (key: string) => key.toLowerCase().startsWith('aws:');
