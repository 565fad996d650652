/**
 * Which signals are the same wire: a union-find over all signals of a program, with constants.
 *
 * Ports of calls and `w - v = 0` unite classes; `w - c = 0` pins one. The least signal represents its class, so a public
 * wire (they come first) is never replaced by a private one.
 */
import { at, createU32List, push, type U32List } from '../../src/r1cs/index.ts';

/** Classes of equal signals. */
export interface SignalClasses {
  readonly parents: U32List;
  /** By representative: id of the constant's coefficient + 1, or 0. */
  readonly constants: U32List;
  readonly publicCount: number;
}

/** Makes a class each for the constant and the public signals. */
export function createSignalClasses(publicCount: number): SignalClasses {
  const classes = { parents: createU32List(1024), constants: createU32List(1024), publicCount };
  for (let signal = 0; signal <= publicCount; signal++) addSignal(classes);
  return classes;
}

/** Adds a signal as a class of its own. */
export function addSignal(classes: SignalClasses): number {
  const signal = classes.parents.length;
  push(classes.parents, signal);
  push(classes.constants, 0);
  return signal;
}

/** Returns the least signal of a signal's class. */
export function representativeOf(classes: SignalClasses, signal: number): number {
  const { data } = classes.parents;
  let current = signal;
  while (at(data, current) !== current) {
    data[current] = at(data, at(data, current));
    current = at(data, current);
  }
  return current;
}

/** Id of the constant + 1 that a class is pinned to, or 0. */
export function pinnedConstant(classes: SignalClasses, representative: number): number {
  return at(classes.constants.data, representative);
}

/** What became of two classes. */
export type Union = 'united' | 'both public' | 'contradiction';

/** Makes two signals one class, unless both are public: a public wire stays a wire of its own. */
export function unite(classes: SignalClasses, first: number, second: number): Union {
  const [one, other] = [representativeOf(classes, first), representativeOf(classes, second)];
  if (one === other) return 'united';
  const [kept, gone] = one < other ? [one, other] : [other, one];
  if (gone <= classes.publicCount) return 'both public';
  classes.parents.data[gone] = kept;
  const constant = pinnedConstant(classes, gone);
  return constant === 0 || pin(classes, kept, constant - 1) ? 'united' : 'contradiction';
}

/** Pins a class to a constant. Returns false when it is pinned to another one. */
export function pin(classes: SignalClasses, signal: number, coefficientId: number): boolean {
  const representative = representativeOf(classes, signal);
  const known = pinnedConstant(classes, representative);
  if (known !== 0) return known === coefficientId + 1;
  classes.constants.data[representative] = coefficientId + 1;
  return true;
}
