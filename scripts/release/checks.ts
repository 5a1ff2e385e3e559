import { ALLOWED, isAllowed } from '../bundle/licences.ts';
import { type BaseImage, isPinned } from './dockerfile.ts';
import { type Lockfile, loosePackages } from './lockfile.ts';
import { looseActions } from './workflows.ts';

/** Everything that is looked at; see facts.ts. */
export interface Facts {
  /** Of package.json. */
  readonly version: string;
  readonly lockfile: Lockfile;
  readonly changelog: string;
  /** `version` and `appVersion` of the chart; `undefined` while there is no chart. */
  readonly chart: Readonly<Record<string, string>> | undefined;
  /** By file, every version that a manifest or a page writes behind the image's name. */
  readonly imageTags: readonly { readonly file: string; readonly tag: string }[];
  /** What `npm run generate` would write differently. */
  readonly stale: readonly string[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly licence: string }[];
  readonly baseImages: readonly BaseImage[];
  /** By file. */
  readonly workflows: Readonly<Record<string, string>>;
  /** `git status --porcelain`, a line each. */
  readonly changes: readonly string[];
  /** The tags of the commit that is checked out. */
  readonly tags: readonly string[];
}

/** `later`: nothing is wrong with the sources, and it has to be done before a release. */
export type Outcome = 'ok' | 'later' | 'failed';

export interface Finding {
  readonly check: string;
  readonly outcome: Outcome;
  readonly found: string;
  /** What to do; unless it is ok. */
  readonly advice?: string;
}

type Check = (facts: Facts) => Omit<Finding, 'check'>;

const CHECKS: Readonly<Record<string, Check>> = {
  'version in package.json': ({ version }) =>
    isVersion(version)
      ? ok(version)
      : failed(`${version} is no semantic version`, 'Write MAJOR.MINOR.PATCH, or MAJOR.MINOR.PATCH-rc.N.'),

  'version in package-lock.json': ({ version, lockfile }) => {
    const others = [lockfile.version, lockfile.packages['']?.version].filter((other) => other !== version);
    return none(others.map(String), 'the same', 'Run npm install --package-lock-only.');
  },

  'version of the chart': ({ version, chart }) => {
    if (chart === undefined) return ok('there is no chart');
    const others = Object.entries(chart).filter(([, its]) => its !== version);
    const found = others.map(([field, its]) => `${field} is ${its}`);
    return none(found, 'version and appVersion are the same', `Write ${version} into deploy/chart/Chart.yaml.`);
  },

  'version in manifests and documents': ({ version, imageTags }) => {
    if (imageTags.length === 0)
      return failed('nobody names the image', 'Name workteam-operator:VERSION in deploy/kustomize.');
    const others = imageTags.filter(({ tag }) => tag !== version);
    const found = others.map(({ file, tag }) => `${file} names ${tag}`);
    return none(found, `the same ${imageTags.length} times`, `Write workteam-operator:${version} there.`);
  },

  'CHANGELOG.md': ({ version, changelog }) => {
    const newest = newestHeading(changelog);
    return newest.startsWith(`[${version}] - `) && /\d{4}-\d{2}-\d{2}$/.test(newest)
      ? ok(newest)
      : later(
          `the newest heading is "${newest}"`,
          `Rename it to "[${version}] - YYYY-MM-DD", the day of the release, with all that changed under it.`,
        );
  },

  'generated files': ({ stale }) => none(stale, 'as the sources say', 'Run npm run generate, and commit.'),

  lockfile: ({ lockfile }) =>
    none(
      loosePackages(lockfile),
      `${Object.keys(lockfile.packages).length - 1} packages from the registry, each with its SHA-512`,
      'Depend on a published version of it.',
    ),

  licences: ({ packages }) => {
    const refused = packages.filter(({ licence }) => !isAllowed(licence));
    const found = refused.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
    const advice = 'Do without it, or have somebody who may decide it add the licence to scripts/bundle/licences.ts.';
    return none(found, `${packages.length} packages in the bundle, all under one of ${ALLOWED.join(', ')}`, advice);
  },

  'actions of the workflows': ({ workflows }) => {
    const found = Object.entries(workflows).flatMap(([file, text]) => looseActions(text).map((it) => `${file}: ${it}`));
    return none(found, 'pinned by commit', 'Write owner/name@<40 hex digits> # vMAJOR.MINOR.PATCH.');
  },

  'base images': ({ baseImages }) => {
    const loose = baseImages.filter(({ reference }) => !isPinned(reference));
    if (loose.length === 0) return ok('pinned by digest');
    return later(
      `NOT PINNED: ${loose.map(({ argument, reference }) => `${argument}=${reference}`).join(', ')}`,
      "Behind the tag in the Dockerfile, write @ and what docker buildx imagetools inspect IMAGE --format '{{.Manifest.Digest}}' prints.",
    );
  },

  'working tree': ({ changes }) =>
    changes.length === 0 ? ok('everything is committed') : later(some(changes), 'Commit it, or take it away.'),

  tag: ({ version, tags }) =>
    tags.includes(`v${version}`)
      ? ok(`v${version}`)
      : later(`this commit is not v${version}`, `When all the rest is done: git tag --sign v${version}.`),
};

/** One finding for each check, in their order. With `release`, nothing is left for later. */
export function findings(facts: Facts, { release }: { readonly release: boolean }): Finding[] {
  return Object.entries(CHECKS).map(([check, look]) => {
    const { outcome, ...rest } = look(facts);
    return { check, outcome: release && outcome === 'later' ? 'failed' : outcome, ...rest };
  });
}

/** The first heading that has something under it: a new "Unreleased" may stand above the release. */
function newestHeading(changelog: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const [newest = ''] = sections.filter((section) => section.trim().includes('\n'));
  return newest.split('\n', 1)[0]?.trim() ?? '';
}

/** https://semver.org, without build metadata: a `+` cannot be in the tag of an image. */
function isVersion(text: string): boolean {
  return /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(text);
}

function none(problems: readonly string[], fine: string, advice: string): Omit<Finding, 'check'> {
  return problems.length === 0 ? ok(fine) : failed(some(problems), advice);
}

function ok(found: string): Omit<Finding, 'check'> {
  return { outcome: 'ok', found };
}

function later(found: string, advice: string): Omit<Finding, 'check'> {
  return { outcome: 'later', found, advice };
}

function failed(found: string, advice: string): Omit<Finding, 'check'> {
  return { outcome: 'failed', found, advice };
}

const MOST_NAMED = 5;

function some(problems: readonly string[]): string {
  const more = problems.length - MOST_NAMED;
  return [...problems.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
