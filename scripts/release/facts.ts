import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { bundle } from '../bundle/bundle.ts';
import { bundledPackages } from '../bundle/packages.ts';
import type { Facts } from './checks.ts';
import { baseImagesOf } from './dockerfile.ts';

const CHART = 'deploy/chart/Chart.yaml';
/** Where the image is named with its version. */
const NAMING = ['README.md', 'Dockerfile', 'docs/**/*.md', 'deploy/kustomize/*.yaml'];
const WORKFLOWS = '.github/workflows/*.yaml';

/** Looks at the checkout in the current directory; changes nothing. */
export async function gatherFacts(): Promise<Facts> {
  const { version } = JSON.parse(await text('package.json')) as { version: string };
  const [changelog, dockerfile, lockfile, chart, packages, named, workflows, stale, changes, tags] = await Promise.all([
    text('CHANGELOG.md'),
    text('Dockerfile'),
    text('package-lock.json'),
    existsSync(CHART) ? text(CHART) : undefined,
    bundle({ write: false }).then(bundledPackages),
    texts(NAMING),
    texts([WORKFLOWS]),
    staleFiles(),
    lines('git', ['status', '--porcelain']),
    lines('git', ['tag', '--points-at', 'HEAD']),
  ]);
  return {
    version,
    changelog,
    lockfile: JSON.parse(lockfile),
    chart: chart === undefined ? undefined : versionsOf(chart),
    imageTags: Object.entries(named).flatMap(([file, content]) => tagsIn(content).map((tag) => ({ file, tag }))),
    stale,
    packages,
    baseImages: baseImagesOf(dockerfile),
    workflows,
    changes,
    tags,
  };
}

function versionsOf(chart: string): Record<string, string> {
  const { version, appVersion } = parse(chart) as Record<string, unknown>;
  return { version: String(version), appVersion: String(appVersion) };
}

/** Every version that stands behind the image's name: `workteam-operator:0.1.0`. */
export function tagsIn(content: string): string[] {
  return [...content.matchAll(/\bworkteam-operator:v?(\d+\.\d+\.\d+[\w.-]*)/g)].map(([, tag = '']) => tag);
}

/** The complaints of `generate --check`, a line each. */
async function staleFiles(): Promise<string[]> {
  const { code, output } = await run(process.execPath, ['scripts/generate.ts', '--check']);
  return code === 0 ? [] : output.trim().split('\n');
}

async function lines(program: string, args: readonly string[]): Promise<string[]> {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')}: ${output.trim()}`);
  return output.split('\n').filter((line) => line !== '');
}

/** Both of its outputs in one. */
function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      const code = error === null ? 0 : 1;
      resolve({ code, output: stdout + stderr || (error?.message ?? '') });
    });
  });
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

async function texts(patterns: readonly string[]): Promise<Record<string, string>> {
  const files = globSync([...patterns]).toSorted();
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await text(file)] as const)));
}
