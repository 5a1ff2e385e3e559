import { access } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import type { Address } from '../../dev/control-plane/access.ts';
import { type ControlPlane, start } from '../../dev/control-plane/start.ts';
import { goTool } from '../../dev/tools/go-tool.ts';
import { CRD, installCrd } from './crd.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the control plane of this test run is; see test/support/control-plane.ts. */
    controlPlane: Address;
  }
}

let plane: ControlPlane | undefined;

/** Starts one control plane for all files of the project, with the CRD in it and the audit log on. */
export async function setup(project: TestProject): Promise<void> {
  await access(CRD).catch(() => {
    throw new Error(`There is no ${CRD}: run \`npm run generate\`.`);
  });
  await buildTools();
  plane = await start({ audit: true });
  try {
    await installCrd(plane);
    project.provide('controlPlane', plane.address);
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

export async function teardown(): Promise<void> {
  await plane?.stop();
}

/**
 * Builds what tests use, once, so that none of them waits for a compiler or shares the machine with one. Without Go, those that
 * need it say so.
 */
async function buildTools(): Promise<void> {
  for (const tool of ['kustomize', 'actionlint', 'helm'] as const) await goTool(tool).catch(() => {});
}
