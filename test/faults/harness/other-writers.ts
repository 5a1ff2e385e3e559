import { controlPlane } from '../../support/control-plane.ts';
import type { Setting } from './setting.ts';
import { NAME } from './works.ts';

/** Of nobody here: it must never be lost. */
export const OTHER_FINALIZER = 'example.com/other';

/** Somebody else who writes to the Workteam of a work. */
export interface OtherWriter {
  /** `somebody adds a label`. */
  readonly title: string;
  readonly write: (setting: Pick<Setting, 'workteams'>) => Promise<unknown>;
  /** What is in the metadata afterwards, and stays. */
  readonly leaves: {
    readonly finalizers?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** The API server lets it do this to an object that is being deleted. */
  readonly whileDeleting: boolean;
}

/** Merges into the metadata of the Workteam, as somebody with kubectl does. */
export async function patchMetadata({ workteams }: Pick<Setting, 'workteams'>, metadata: object): Promise<void> {
  const patch = JSON.stringify({ metadata });
  const args = ['patch', 'workteam', NAME, '--namespace', workteams.namespace, '--type=merge', '--patch', patch];
  await controlPlane().run(args);
}

const LABELS = { 'example.com/team': 'other' };
const ANNOTATIONS = { 'example.com/seen': 'yes' };

export const OTHER_WRITERS: readonly OtherWriter[] = [
  {
    title: 'somebody adds a label',
    write: (setting) => patchMetadata(setting, { labels: LABELS }),
    leaves: { labels: LABELS },
    whileDeleting: true,
  },
  {
    title: 'somebody adds an annotation',
    write: (setting) => patchMetadata(setting, { annotations: ANNOTATIONS }),
    leaves: { annotations: ANNOTATIONS },
    whileDeleting: true,
  },
  {
    title: 'somebody adds a finalizer',
    async write(setting) {
      const live = await setting.workteams.readLive(NAME);
      const finalizers = [...(live?.metadata.finalizers ?? []), OTHER_FINALIZER];
      await patchMetadata(setting, { finalizers });
    },
    leaves: { finalizers: [OTHER_FINALIZER] },
    whileDeleting: false,
  },
];
