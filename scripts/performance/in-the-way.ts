/**
 * Of a target that is missed: what was tried, and what is in the way. By the id of the target in targets.ts; the page shows it
 * for as long as the target is missed.
 */
export const IN_THE_WAY: Readonly<Record<string, string>> = {
  start:
    'Tried: half of the modules left out of the bundle, of Node’s own only what is asked for, seldom used packages loaded late; a compile cache took a sixth of the instructions, but serves only machines with the same processor features, Node, architecture and user as where it was made ([decision 5](decisions/0005-what-is-in-the-bundle.md)). In the way: nearly all of it is processor time for compiling the program and running it for the first time; the reads before the start wait for about 12 ms in all. The number of Workteams plays no part: one is waiting in each setting.',
  ready:
    'A create waits for AWS once, and one list confirms many ([decision 9](decisions/0009-one-list-confirms-many-creates.md)). In the way with few Workteams: much of the code runs for the first time, at twice the processor time of later.',
  'ready-at-once':
    'With AWS out of the way, the API server and the operator share two cores; with few Workteams, much of the code runs for the first time.',
  'many-new-calls':
    'One list confirms many creates ([decision 9](decisions/0009-one-list-confirms-many-creates.md)); the last few, for which nobody waits any more, are looked at one by one.',
  'new-cpu':
    'Tried: answers collected without streams, no name, hash or URL made for each request, our own writes not read again, no TurboFan; a fifth less, and more ([decision 8](decisions/0008-where-the-time-of-a-pass-goes.md)). What is left has no single cause: the SDK’s middleware is the largest part, and with few Workteams much of it runs before V8 has optimized it.',
  'edit-p50':
    'Taken apart ([decision 8](decisions/0008-where-the-time-of-a-pass-goes.md)): besides the one wait for AWS, the API server’s own write of the edit takes a good third of the rest (its row is below), then come the two reads and the update in the SDK. Calling the SDK’s parts without its middleware would save about half a millisecond of processor time for each call, and was not done: the endpoint, the corrected clock and what an error carries would be ours to keep up.',
  'edit-p95': 'As for the median.',
  storm: 'An edit has a worker and three calls of the pace to itself; what else it shares is the processor.',
  paced:
    'An edit finds a worker and three calls of the pace free, unless the edit before it or a resync whose turn it was has taken them: then a call waits for a fifth of a second each. With 25 Workteams the storm is short, few edits fit into it, and the one that comes while the process has just started decides.',
  'status-p50':
    'The look after the update is a second wait for AWS; then come the API server’s write of the status and what is told of the update.',
  'status-p95': 'As for the median.',
  'restart-quiet': 'The first sweep is one list, page after page.',
  'idle-calls':
    'One ListWorkteams every ten minutes is six an hour, whatever the number of Workteams: with 25 of them that is more than one in a hundred of 300.',
  'rss-25':
    'Node by itself takes 43 MB. Tried: the smaller bundle, less room for young objects, one arena of malloc, earlier collections, no TurboFan ([decision 6](decisions/0006-memory.md)). Of what is left, most are pages of Node’s program file; `--lite-mode` comes close to the target, and passes would pay for it.',
  'rss-1000': 'As for 25; the rest grows with the objects, see below.',
  'rss-10000': 'See the growth below.',
};
