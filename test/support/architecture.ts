/** The rules that keep the folders of `src/` apart, as data and as one function over sources. */
import { dirname, join } from 'node:path/posix';
import { codeOf, importsOf } from './source.ts';

/** Sources by their paths, from the root of the project: `src/main.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** A part of `src/`: what belongs to it, what of ours it may import, and which packages. */
interface Part {
  readonly name: string;
  readonly files: RegExp;
  readonly parts: readonly string[] | 'all';
  readonly packages: RegExp;
}

const NONE = /^$/;

const PARTS: readonly Part[] = [
  { name: 'main', files: /^src\/main\.ts$/, parts: 'all', packages: /^commander$/ },
  { name: 'cli', files: /^src\/cli\//, parts: 'all', packages: /^(?:commander|yaml|zod|node:\w+)$/ },
  { name: 'config', files: /^src\/(?:config|option-values|label-selector)\.ts$/, parts: [], packages: /^zod$/ },
  {
    name: 'reconciler',
    files: /^src\/(?:reconcile|pass|perform|ports|sweeper|confirmer)\.ts$/,
    parts: ['workteam'],
    packages: NONE,
  },
  { name: 'workteam', files: /^src\/workteam\//, parts: [], packages: /^zod$/ },
  {
    name: 'sagemaker',
    files: /^src\/sagemaker\//,
    parts: ['workteam'],
    packages: /^(?:@(?:aws-sdk|smithy)\/|(?:zod|node:stream)$)/,
  },
  {
    name: 'kubernetes',
    files: /^src\/kubernetes\//,
    parts: ['workteam'],
    packages: /^(?:@kubernetes\/client-node|node:\w+)$/,
  },
  { name: 'controller', files: /^src\/controller\//, parts: [], packages: /^node:timers\/promises$/ },
  { name: 'telemetry', files: /^src\/telemetry\//, parts: ['workteam'], packages: /^(?:pino|prom-client|node:\w+)$/ },
];

/** Something that may stand in some files only; looked for in code, not in comments and strings. */
interface Ban {
  readonly what: RegExp;
  readonly why: string;
  readonly except?: RegExp;
  readonly only?: RegExp;
}

const BANS: readonly Ban[] = [
  {
    what: /(?<![.\w'])process\b(?!\s*\??:)/,
    why: 'only src/main.ts touches the process',
    except: /^src\/main\.ts$/,
  },
  { what: /\bexport\s+default\b|\bas\s+default\b/, why: 'no default exports' },
  {
    what: /(?<![.\w])(?:set(?:Timeout|Interval|Immediate)\s*\((?!\w+\s*:)|Date\.now\b|performance\.)|\bnew\s+Date\s*\(\s*\)/,
    why: 'clocks and timers are parameters',
    except: /^src\/(?:controller\/clock|telemetry\/log)\.ts$/,
  },
  { what: /\bMath\.random\b/, why: 'randomness is a parameter', except: /^src\/cli\/run\.ts$/ },
  {
    what: /\b(?:async|await|Promise|fetch|console|performance|setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
    why: 'the core neither waits nor does anything',
    only: /^src\/workteam\//,
  },
];

const LONGEST_FILE = 250;

/** Every breach of a rule, as `path: what`, in the order of the paths. */
export function violationsOf(sources: Sources): string[] {
  const files = [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [...files.flatMap(([path, source]) => inFile(path, source)), ...cyclesOf(sources)];
}

function inFile(path: string, source: string): string[] {
  const part = PARTS.find(({ files }) => files.test(path));
  if (part === undefined) return [`${path}: belongs to no part of the architecture`];
  const lines = source.replace(/\n$/, '').split('\n').length;
  const code = codeOf(source);
  const broken = BANS.filter(
    ({ what, only, except }) => (only?.test(path) ?? true) && !except?.test(path) && what.test(code),
  );
  return [
    ...importsOf(source).flatMap((name) => badImport(path, part, name)),
    ...broken.map(({ why, what }) => `${path}: ${why} (${what.exec(code)?.[0].trim()})`),
    ...(lines > LONGEST_FILE ? [`${path}: ${lines} lines, more than ${LONGEST_FILE}`] : []),
  ];
}

function badImport(path: string, part: Part, name: string): string[] {
  if (!name.startsWith('.')) return part.packages.test(name) ? [] : [`${path}: may not import ${name}`];
  const target = PARTS.find(({ files }) => files.test(join(dirname(path), name)));
  const allowed = target !== undefined && (target === part || part.parts === 'all' || part.parts.includes(target.name));
  return allowed ? [] : [`${path}: may not import ${name}`];
}

/** Each circle of imports that is left when the program runs, once. */
function cyclesOf(sources: Sources): string[] {
  const graph = new Map(
    [...sources].map(([path, source]) => {
      const names = importsOf(source, { types: false }).filter((name) => name.startsWith('.'));
      return [path, names.map((name) => join(dirname(path), name))];
    }),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push(`${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}: a circle of imports`);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of [...graph.keys()].toSorted()) visit(path, []);
  return found;
}
