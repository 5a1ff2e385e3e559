/**
 * Of a target that is missed: what was tried, and what is in the way. By the id of the target in targets.ts; the page shows it
 * for as long as the target is missed.
 */
export const IN_THE_WAY: Readonly<Record<string, string>> = {
  start:
    'Tried: half of the modules left out of the bundle, Node’s own taken as `require` does, seldom used packages loaded late ([decision 5](decisions/0005-what-is-in-the-bundle.md)). In the way: loading the program takes about 0.2 s of processor time, and the reads before the start, the election and the first list follow one another. A compile cache would save about 55 ms; it is tied to a version of Node, an architecture and a user, and is not used.',
  ready:
    'Four workers in a region (`--concurrency`) hold a Workteam each while AWS answers twice, first the create and then the look that confirms it. One sweep that confirms many creates is not built.',
  'ready-at-once':
    'With AWS out of the way, the API server and the operator share two cores; where the time goes was not looked into.',
  'many-new-calls':
    'Each create is confirmed by a DescribeWorkteam of its own. One sweep that confirms many is not built.',
  'new-cpu':
    'Where the processor time goes was not looked into. With few Workteams, much of it is code that runs for the first time.',
  'edit-p50':
    'Before the update, the team, its tags and the object are read side by side, which is one wait for AWS. What is beyond that is the API server, the watch and the process on two cores; it was not taken apart.',
  'edit-p95': 'As for the median.',
  storm: 'An edit has a worker and three calls of the pace to itself; what else it shares is the processor.',
  paced:
    'An edit finds a worker and three calls of the pace free, unless the edit before it or a resync whose turn it was has taken them: then a call waits for a fifth of a second each.',
  'status-p50': 'The look after the update is a second wait for AWS; what is beyond both was not taken apart.',
  'status-p95': 'As for the median.',
  'restart-quiet': 'The first sweep is one list, page after page.',
  'idle-calls':
    'One ListWorkteams every ten minutes is six an hour, whatever the number of Workteams: with 25 of them that is more than one in a hundred of 300.',
  'rss-25':
    'Node itself takes 45 to 58 MiB. Tried: the smaller bundle, and limits for the heap ([decision 6](decisions/0006-memory.md)). Of what is left, most are pages of the program files. A smaller room for young objects (`--max-semi-space-size=2`) saves 2 to 3 MiB and was not put through the long run.',
  'rss-1000': 'As for 25; the rest grows with the objects, see below.',
  'rss-10000': 'See the growth below.',
};
