/** What an operation is: a function from a validated request and what exists to an answer. */
import type { Scope } from '../identity.ts';
import type { Pager } from '../paging.ts';
import type { RequestName, ResponseName, TypeOf } from '../shapes.ts';
import type { RegionStore } from '../store.ts';
import type { Switches } from '../switches.ts';
import type { View } from '../timeline.ts';
import { readShape } from '../validate.ts';

/** What exists for the caller, and when it is. */
export interface Context extends View {
  readonly scope: Scope;
  readonly region: RegionStore;
  readonly switches: Switches;
  readonly pager: Pager;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export interface Acted<Output> {
  readonly output: Output;
  /** The call changed something. */
  readonly effective: boolean;
}

export interface Operation {
  readonly input: RequestName;
  readonly output: ResponseName;
  /** It can change something. */
  readonly write: boolean;
  /** @throws ServiceError */
  readonly act: (body: unknown, context: Context) => Acted<unknown>;
}

/** An operation that only looks. */
export function reading<I extends RequestName, O extends ResponseName>(
  input: I,
  output: O,
  answer: (request: TypeOf<I>, context: Context) => TypeOf<O>,
): Operation {
  return {
    input,
    output,
    write: false,
    act: (body, context) => ({
      output: answer(readShape(input, body, context.switches.lengthUnit), context),
      effective: false,
    }),
  };
}

/** An operation that changes things. */
export function writing<I extends RequestName, O extends ResponseName>(
  input: I,
  output: O,
  act: (request: TypeOf<I>, context: Context) => Acted<TypeOf<O>>,
): Operation {
  return {
    input,
    output,
    write: true,
    act: (body, context) => act(readShape(input, body, context.switches.lengthUnit), context),
  };
}
