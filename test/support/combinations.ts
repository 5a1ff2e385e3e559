/** One choice out of each. */
type Choice<C extends Readonly<Record<string, readonly unknown[]>>> = { readonly [K in keyof C]: C[K][number] };

/** Every way to take one choice out of each list; the last list varies fastest. */
export function combinations<const C extends Readonly<Record<string, readonly unknown[]>>>(choices: C): Choice<C>[] {
  const all = Object.entries(choices).reduce<object[]>(
    (sofar, [key, values]) => sofar.flatMap((one) => values.map((value) => ({ ...one, [key]: value }))),
    [{}],
  );
  return all as Choice<C>[];
}
