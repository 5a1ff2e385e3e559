import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Output } from '../../dev/control-plane/access.ts';
import { goTool } from '../../dev/tools/go-tool.ts';
import type { Container } from './chart.ts';

export const CHART = 'deploy/chart';

/** What a manifest has in any case. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A release of the chart. */
export interface Release {
  readonly name?: string;
  readonly namespace?: string;
  readonly values?: object;
  /** Another chart than this one: a folder or a package. */
  readonly chart?: string;
  readonly flags?: readonly string[];
}

/** Helm, with a home of its own. */
export interface Helm {
  /** A folder that is gone after the last test. */
  readonly folder: string;
  /** Runs Helm to its end, whatever its exit code. */
  call(args: readonly string[], input?: string): Promise<Output>;
  /** @throws Error with what Helm said unless it exits with 0 */
  run(args: readonly string[], input?: string): Promise<string>;
  /** `helm template`. @throws Error with what Helm said */
  template(release?: Release): Promise<Manifest[]>;
  /** Returns what the user reads. @throws Error with what Helm said */
  release(command: 'install' | 'upgrade', release?: Release): Promise<string>;
}

/** To be called at the top of a test file. `kubeconfig` names the cluster for what needs one. */
export function useHelm(kubeconfig: () => string = () => '/dev/null'): Helm {
  let program = '';
  let folder = '';
  beforeAll(async () => {
    program = await goTool('helm');
    folder = await mkdtemp(join(tmpdir(), 'workteam-operator-helm-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const call: Helm['call'] = (args, input = '') => {
    // Nothing of the user's own: no repositories, no plugins, no cluster.
    const homes = { HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
    const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig(), ...homes };
    return new Promise((resolve, reject) => {
      const child = execFile(program, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ stdout, stderr, code });
        else reject(error);
      });
      // Helm may end without reading its input.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  };
  const run: Helm['run'] = async (args, input) => {
    const { stdout, stderr, code } = await call(args, input);
    if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const withRelease = (command: string, release: Release = {}) => {
    const { name = 'workteam-operator', namespace = 'workteam-operator', chart = CHART, values = {} } = release;
    const args = [command, name, chart, '--namespace', namespace, '--values', '-', ...(release.flags ?? [])];
    return run(args, JSON.stringify(values));
  };
  return {
    get folder() {
      return folder;
    },
    call,
    run,
    release: withRelease,
    template: async (release) => manifestsIn(await withRelease('template', release)),
  };
}

/** The manifests of a YAML stream. @throws YAMLParseError where they are not strictly YAML, as with a key that comes twice */
export function manifestsIn(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() ?? [];
  });
}

/** The one of that kind. @throws Error when there is none, or more than one */
export function theOne(manifests: readonly Manifest[], kind: string): Manifest {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`there is not exactly one ${kind}`);
  return found;
}

/** The pod template of the one Deployment. */
export interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly containers: readonly [Container & Readonly<Record<string, unknown>>] };
}

export function podTemplateOf(manifests: readonly Manifest[]): PodTemplate {
  return (theOne(manifests, 'Deployment').spec as { template: PodTemplate }).template;
}

/** The operator's container in the one Deployment. */
export function containerOf(manifests: readonly Manifest[]): PodTemplate['spec']['containers'][0] {
  return podTemplateOf(manifests).spec.containers[0];
}
