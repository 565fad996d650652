/**
 * A path of choices from many bits to few, on which every step gives up the bit that does least harm for what it costs.
 *
 * Harm is measured node by node: the square of the error that so many bits in one node add when all others have plenty.
 * Rounding errors of different nodes hardly know of one another, so their squares add up, nearly; what the sum says is only
 * used to order the steps, and the judge has the last word on every choice.
 */

/** A node whose bits can be chosen. */
export interface Knob {
  readonly name: string;
  /** Constraints that a bit more costs. */
  readonly price: number;
  readonly min: number;
  readonly max: number;
}

/** Bits by node. */
export type Bits = Readonly<Record<string, number>>;

/** Added square error of a knob at so many bits. */
export type Harm = (knob: Knob, bits: number) => number;

/** Choices from all knobs at their most to all at their least, one bit a step. */
export function descend(knobs: readonly Knob[], harm: Harm): Bits[] {
  const bits: Record<string, number> = Object.fromEntries(knobs.map(({ name, max }) => [name, max]));
  const path: Bits[] = [{ ...bits }];
  for (;;) {
    const open = knobs.filter(({ name, min }) => (bits[name] ?? 0) > min);
    const [first] = open;
    if (first === undefined) return path;
    const rate = (knob: Knob): number => {
      const now = bits[knob.name] ?? 0;
      return (harm(knob, now - 1) - harm(knob, now)) / knob.price;
    };
    const best = open.reduce((left, right) => (rate(right) < rate(left) ? right : left), first);
    bits[best.name] = (bits[best.name] ?? 0) - 1;
    path.push({ ...bits });
  }
}

/** Measured harm made monotone: more bits never do more harm than fewer. */
export function monotone(knob: Knob, measured: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const result = new Map<number, number>();
  let least = Number.POSITIVE_INFINITY;
  for (let bits = knob.min; bits <= knob.max; bits++) {
    least = Math.min(least, measured.get(bits) ?? least);
    result.set(bits, least);
  }
  return result;
}
