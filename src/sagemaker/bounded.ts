import type { Readable } from 'node:stream';

/** The longest answer that is read, in bytes. A page of 100 work teams with all they may have is a tenth of it. */
export const LONGEST_ANSWER = 16 * 1024 * 1024;

/** All that a body gives. Rejects as soon as it is longer than `limit` bytes; then the connection is given up. */
export function bounded(body: Readable, limit = LONGEST_ANSWER): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    body.on('data', (piece: Uint8Array) => {
      length += piece.length;
      pieces.push(piece);
      if (length <= limit) return;
      body.destroy(Object.assign(new Error(`the answer is longer than ${limit} bytes`), { code: 'EMSGSIZE' }));
    });
    body.once('end', () => resolve(Buffer.concat(pieces)));
    body.once('error', reject);
  });
}
