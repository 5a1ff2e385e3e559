/** The positions of the emulator's switches. */
import { type Switches, type SwitchName, switchTable } from '../../dev/sagemaker/switches.ts';

type Quantities = { readonly [N in SwitchName as number extends Switches[N] ? N : never]: readonly number[] };

/** Nothing, the longest delay that the operator is built for, and one in between, in milliseconds. */
const DELAYS = [0, 1_000, 10_000];

const quantities: Quantities = {
  nameHeldAfterDeleteMs: [0, 5_000, 40_000],
  // Two pages and a few calls side by side fit; less than that and a list would never come to its end.
  requestsPerSecond: [0, 2],
  requestBurst: [20, 6],
  workteamsPerPage: [100, 1],
  tagsPerPage: [50, 1],
  nextTokenLifetimeMs: [86_400_000, 1_000],
  createToDescribeMs: DELAYS,
  createToListMs: DELAYS,
  createToListTagsMs: DELAYS,
  updateToDescribeMs: DELAYS,
  updateToListMs: DELAYS,
  tagsToListTagsMs: DELAYS,
  deleteToDescribeMs: DELAYS,
  deleteToListMs: DELAYS,
  deleteToListTagsMs: DELAYS,
};

/** Every switch with every choice that it has, or some of its quantities; the default is the first. */
export const positions: Readonly<Record<string, readonly (string | number)[]>> = Object.fromEntries(
  Object.entries({ ...switchTable }).map(([name, known]) => {
    const values = 'choices' in known ? Object.keys(known.choices) : quantities[name as keyof Quantities];
    return [name, [known.byDefault, ...values.filter((value) => value !== known.byDefault)]];
  }),
);
