import { describe, expect, test } from 'vitest';
import { isGone, KubernetesError } from '../../src/kubernetes/errors.ts';
import { type WatchEvent, watchEvents } from '../../src/kubernetes/watch-stream.ts';

interface Item {
  metadata: { resourceVersion: string; name: string; uid: string };
}

const added = {
  type: 'ADDED',
  object: { metadata: { resourceVersion: '1', uid: 'a', name: 'Überprüfung 🦉 und\n"Zeilen"' } },
};
const modified = { type: 'MODIFIED', object: { metadata: { resourceVersion: '2', uid: 'b', name: '検査' } } };
const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '3' } } };
const events = [added, modified, bookmark];
const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');

async function* pieces(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part;
}

async function read(stream: AsyncIterable<Uint8Array>, longest?: number): Promise<WatchEvent<Item>[]> {
  const seen: WatchEvent<Item>[] = [];
  for await (const event of watchEvents<Item>('watch /items', stream, longest)) seen.push(event);
  return seen;
}

describe('events arrive whole', () => {
  const bytes = new TextEncoder().encode(text);

  test('wherever the stream is cut in two, also inside a character', async () => {
    for (let at = 0; at <= bytes.length; at++) {
      expect(await read(pieces(bytes.subarray(0, at), bytes.subarray(at)))).toEqual(events);
    }
  });

  test('byte by byte', async () => {
    expect(await read(pieces(...Array.from(bytes, (byte) => Uint8Array.of(byte))))).toEqual(events);
  });

  test('several in one piece, with empty lines and Windows line ends between them', async () => {
    expect(await read(pieces(`\n${text.replaceAll('\n', '\r\n\n')}`))).toEqual(events);
  });
});

test('half an event at the end of the stream is dropped: it will come again', async () => {
  expect(await read(pieces(text, '{"type":"ADDED","object":{"meta'))).toEqual(events);
  expect(await read(pieces(text, JSON.stringify(added)))).toEqual(events);
});

test.each([
  ['half an event and then another', '{"type":"ADDED","obj\n'],
  ['HTML', '<html>busy</html>\n'],
  ['null', 'null\n'],
  ['an unknown type', '{"type":"PONDERED","object":{"metadata":{"resourceVersion":"1"}}}\n'],
  ['no object', '{"type":"ADDED"}\n'],
  ['no resourceVersion', '{"type":"BOOKMARK","object":{"metadata":{}}}\n'],
  ['a text', '"ADDED"\n'],
  ['a list', '[]\n'],
  ['an object that is a number', '{"type":"ADDED","object":7}\n'],
  ['an object without metadata', '{"type":"MODIFIED","object":{"spec":{}}}\n'],
  ['metadata that is a text', '{"type":"DELETED","object":{"metadata":"text"}}\n'],
  ['no name', '{"type":"ADDED","object":{"metadata":{"uid":"a","resourceVersion":"1"}}}\n'],
  ['a name that is none', '{"type":"ADDED","object":{"metadata":{"name":{},"uid":"a","resourceVersion":"1"}}}\n'],
  ['no uid', '{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}\n'],
  ['a version that is a number', '{"type":"ADDED","object":{"metadata":{"name":"a","uid":"a","resourceVersion":1}}}\n'],
  ['NUL bytes', '\0\0\0\n'],
])('a line that is %s is refused', async (_, line) => {
  await expect(read(pieces(line, text))).rejects.toMatchObject({ name: 'KubernetesError', code: 'EBADANSWER' });
});

test('a line that is no UTF-8 is refused: it could be another name', async () => {
  const line = new TextEncoder().encode(`${JSON.stringify(added)}\n`);
  const broken = line.map((byte) => (byte > 0x7f ? 0xff : byte));
  await expect(read(pieces(broken))).rejects.toMatchObject({ code: 'EBADANSWER' });
});

test('what came before a bad line is still delivered', async () => {
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const event of watchEvents<Item>('watch /items', pieces(text, 'bad\n'))) seen.push(event);
  })();
  await expect(reading).rejects.toThrow(KubernetesError);
  expect(seen).toEqual(events);
});

test('an ERROR event is thrown with its own status', async () => {
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version: 1 (9)' };
  const error = await read(pieces(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)).catch((thrown) => thrown);
  expect(isGone(error)).toBe(true);
  expect(error).toMatchObject({ reason: 'Expired', message: 'watch /items: 410 too old resource version: 1 (9)' });
});

test('a line longer than the limit is refused before it has arrived', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(100).fill(0x61);
  }
  await expect(read(endless(), 1_000)).rejects.toMatchObject({ code: 'EMSGSIZE' });
});
