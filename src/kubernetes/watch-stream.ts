import { fromStatus, KubernetesError } from './errors.ts';

/** The longest line accepted, in bytes. etcd takes objects of 1.5 MiB; in JSON, escaped, they may be several times that. */
const LONGEST_LINE = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Nothing happened up to this resourceVersion. */
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } };

/**
 * The events of a watch, one JSON document a line. Ends when the stream ends; what it holds after its last line break
 * is dropped, because the event will come again on the next watch. Throws a KubernetesError for a line that is not an
 * event about an object with a name, an identity and a version, or is too long, and for an ERROR event, with that
 * event's own status (410 when our resourceVersion is too old).
 */
export async function* watchEvents<T>(
  what: string,
  pieces: AsyncIterable<Uint8Array>,
  longestLine = LONGEST_LINE,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  for await (const line of lines(what, pieces, longestLine)) {
    if (line.length > 0) yield parse<T>(what, line);
  }
}

/** Splits before decoding, so that a piece may end in the middle of a character. */
async function* lines(what: string, pieces: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      begun.push(piece.subarray(from, end));
      yield Buffer.concat(begun);
      begun = [];
      length = 0;
      from = end + 1;
    }
    begun.push(piece.subarray(from));
    length += piece.length - from;
    if (length > longest) {
      throw new KubernetesError(`${what}: an event is longer than ${longest} bytes`, { code: 'EMSGSIZE' });
    }
  }
}

/** Texts that are no UTF-8 are refused: a name with another character in the place of a broken one is another name. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse<T>(what: string, line: Uint8Array): WatchEvent<T> {
  const bad = (cause?: unknown) =>
    new KubernetesError(`${what}: a line of the watch is no event`, { code: 'EBADANSWER', cause });
  let event: { type?: unknown; object?: { metadata?: Metadata } } | null;
  try {
    event = JSON.parse(utf8.decode(line));
  } catch (error) {
    throw bad(error);
  }
  switch (event?.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (!isText(event.object?.metadata?.name) || !isText(event.object?.metadata?.uid)) throw bad();
      if (!isText(event.object?.metadata?.resourceVersion)) throw bad();
      return event as WatchEvent<T>;
    case 'BOOKMARK':
      if (!isText(event.object?.metadata?.resourceVersion)) throw bad();
      return event as WatchEvent<T>;
    case 'ERROR':
      throw fromStatus(what, event.object);
    default:
      throw bad();
  }
}

interface Metadata {
  readonly name?: unknown;
  readonly uid?: unknown;
  readonly resourceVersion?: unknown;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
