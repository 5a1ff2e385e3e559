import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { goTool } from '../../dev/tools/go-tool.ts';
import { builtBundle } from './bundle.ts';
import type { Desk } from './reader.ts';

export interface DeskOptions {
  /** Where kubectl is. */
  readonly kubectl: () => string;
  /** Variables besides PATH and HOME; KUBECONFIG among them. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly fill?: (text: string) => string;
  readonly helm?: boolean;
  readonly argocd?: boolean;
}

/**
 * To be called at the top of a test file: a folder with what pages refer to (`deploy`, `crds`), and a path with the programs
 * that they use. The folder is gone after the last test.
 */
export function useDesk({ kubectl, env, fill, helm = false, argocd = false }: DeskOptions): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'workteam-operator-desk-'));
  const bin = join(folder, 'bin');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    mkdirSync(bin);
    for (const name of ['deploy', 'crds', 'dist']) symlinkSync(resolve(name), join(folder, name));
    program('workteam-operator', `exec '${process.execPath}' '${builtBundle()}' "$@"`);
    program('kubectl', `exec '${kubectl()}' "$@"`);
    if (helm) program('helm', `exec '${await goTool('helm')}' "$@"`);
    if (argocd) program('argocd', `exec '${await goTool('argocd')}' "$@"`);
  });
  function program(name: string, line: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const path = [bin, dirname(process.execPath), process.env.PATH].join(':');
  return {
    folder,
    env: () => ({ ...env(), PATH: path, HOME: folder, KUBERC: 'off' }),
    ...(fill !== undefined && { fill }),
  };
}
