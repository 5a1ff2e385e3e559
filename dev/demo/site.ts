import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guardian, openGuardian } from '../control-plane/guarded.ts';
import type { OnProgress } from '../control-plane/progress.ts';
import { resolveBinaries } from '../control-plane/resolve.ts';
import { type ControlPlane, start } from '../control-plane/start.ts';
import { type Emulator, startEmulator } from '../sagemaker/emulator.ts';

/** What the story needs around the operator. All of it ends with this process, however that ends. */
export interface Site {
  readonly plane: ControlPlane;
  readonly emulator: Emulator;
  /** Runs the operator and the commands of the story; its folder has their logs. */
  readonly guardian: Guardian;
  close(): Promise<void>;
}

/** @throws Error for a person to read; nothing is left running then. */
export async function openSite(onProgress: OnProgress): Promise<Site> {
  await resolveBinaries({ onProgress });
  onProgress({ kind: 'began', task: 'Starting etcd and kube-apiserver', hint: undefined });
  const plane = await start({ onProgress: () => {} });
  onProgress({ kind: 'ended' });
  const emulator = await startEmulator();
  const close = async () => {
    await emulator.stop();
    await plane.stop();
  };
  try {
    const guardian = await openGuardian(join(tmpdir(), `workteam-demo-${randomBytes(4).toString('hex')}`));
    return {
      plane,
      emulator,
      guardian,
      async close() {
        await guardian.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
