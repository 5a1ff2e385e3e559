import type { TestProject } from 'vitest/node';
import { type ArgoCd, type ArgoCdAddress, startArgoCd } from '../../dev/argocd/start.ts';
import { type ControlPlane, start } from '../../dev/control-plane/start.ts';
import { installCrd } from '../support/crd.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Argo CD of this test run is; see argocd.ts. */
    argoCd: ArgoCdAddress;
  }
}

let plane: ControlPlane | undefined;
let argoCd: ArgoCd | undefined;

/**
 * Starts one control plane for all files of the project, with our CRD in it, and an Argo CD that syncs into it. Argo CD prunes
 * in the foreground, which takes a garbage collector.
 */
export async function setup(project: TestProject): Promise<void> {
  plane = await start({ audit: true, controllerManager: true });
  try {
    await installCrd(plane);
    argoCd = await startArgoCd(plane);
    project.provide('controlPlane', plane.address);
    project.provide('argoCd', argoCd.address);
  } catch (error) {
    await teardown();
    throw error;
  }
}

export async function teardown(): Promise<void> {
  await argoCd?.stop();
  await plane?.stop();
}
