import { pipeline, type Readable, Transform } from 'node:stream';

/** The longest answer that is read, in bytes. A page of 100 work teams with all they may have is a tenth of it. */
export const LONGEST_ANSWER = 16 * 1024 * 1024;

/** What a body gives, which fails as soon as it is longer than `limit` bytes; then the connection is given up. */
export function bounded(body: Readable, limit = LONGEST_ANSWER): Readable {
  let length = 0;
  const counted = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      length += piece.length;
      if (length <= limit) done(null, piece);
      else done(Object.assign(new Error(`the answer is longer than ${limit} bytes`), { code: 'EMSGSIZE' }));
    },
  });
  // Whoever reads it hears of the failure.
  pipeline(body, counted, () => {});
  return counted;
}
