import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import { builtBundle } from './bundle.ts';
import { controlPlane } from './control-plane.ts';
import { type DeskOptions, useDesk } from './desk.ts';
import { eventually } from './eventually.ts';
import { type Desk, type Reader, readerOf } from './reader.ts';
import { useTerminals } from './terminals.ts';

/** Whoever follows docs/guides/first-team.md, with nothing but this repository. */
export interface Laptop {
  readonly desk: Desk;
  readonly guide: Reader;
  /** Does "Three terminals". `apiServer` is the command for the first of them. */
  openTerminals(apiServer: string): Promise<void>;
  /** What the emulator has been asked so far, oldest first. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** The work teams of the guide's region, as they are in the emulator. */
  teams(): Promise<readonly TeamSnapshot[]>;
}

const TERMINALS = 'Three terminals';

/** To be called at the top of a test file. `programs` are on the path besides those of the guide, `fill` as for a desk. */
export function useLaptop({
  fill = (text) => text,
  ...programs
}: Pick<DeskOptions, 'helm' | 'argocd' | 'fill'> = {}): Laptop {
  /** The fourth terminal: what the others have printed is pasted into it. */
  const pasted: Record<string, string> = {};
  const who = { NAME: 'test', EMAIL: 'test@example.com' };
  const git = Object.entries(who).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  const endpoint = () => pasted.AWS_ENDPOINT_URL_SAGEMAKER ?? '';
  const desk = useDesk({
    ...programs,
    kubectl: () => controlPlane().address.binaries.kubectl,
    env: () => ({ ...Object.fromEntries(git), GIT_CONFIG_NOSYSTEM: '1', ...pasted }),
    // The port of the emulator is another at each time, so that tests do not meet.
    fill: (text) => fill(endpoint() === '' ? text : text.replaceAll('4566', new URL(endpoint()).port)),
  });
  const guide = readerOf('docs/guides/first-team.md', desk);
  const terminals = useTerminals(desk, pasted);
  beforeAll(() => void builtBundle());
  const ask = async (path: string) => (await fetch(`${endpoint()}/_emulator/${path}`)).json();

  return {
    desk,
    guide,
    async openTerminals(apiServer) {
      const take = (which: (text: string) => boolean) => guide.take(TERMINALS, which)[0] ?? '';
      const first = await terminals.open(take((text) => text === apiServer));
      // Others of these programs are on the path of the desk.
      const folders = await terminals.paste(first, 'PATH');
      const names = ['kubectl', ...(programs.argocd ? ['argocd'] : [])];
      expect(folders.map((folder, index) => existsSync(join(folder, names[index] ?? '')))).toEqual(
        names.map(() => true),
      );

      const emulator = take((text) => text.startsWith('npm run emulator'));
      const second = await terminals.open(`${emulator} `.replace(/--port \d* /, '--port 0 '));
      await terminals.paste(second, 'AWS_EC2_METADATA_DISABLED');
      // It is an empty cluster.
      const [crd] = await guide.follow(TERMINALS, (text) => text.includes(' crd '));
      expect(crd).toBe('customresourcedefinition.apiextensions.k8s.io/workteams.workteams.dev created\n');
      const operator = await terminals.open(take((text) => text.includes('dist/workteam-operator.js run')));
      await eventually(() => operator().includes('"reconciling"'), { what: 'the operator', within: 60_000 });
      expect(take((text) => text.startsWith('workteam-operator()'))).toContain('dist/workteam-operator.js "$@"');
    },
    ledger: async () => (await ask('ledger')) as readonly LedgerEntry[],
    teams: async () => (await ask('teams?region=eu-west-1')) as readonly TeamSnapshot[],
  };
}

/** What the operator has changed about a work team so far. */
export function writesOn(ledger: readonly LedgerEntry[], name: string): string[] {
  return ledger
    .filter(({ workteamName, effective, outOfBand }) => workteamName === name && effective && !outOfBand)
    .map(({ operation }) => operation);
}
