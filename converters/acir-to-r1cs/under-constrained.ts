/**
 * Finds what a program forgot to constrain, in the rows as emitted, before simplification.
 *
 * - *Free values*: return values and intermediate ones that no input of main determines (src/r1cs/free-wires.ts says what
 *   that means, and what it does not find). An unconstrained function computed them and nothing, or too little, checks
 *   them: the prover may choose. They are errors unless allowed by name.
 * - *Unused parameters*: private inputs that bear on nothing public. The proof says nothing about them; that is no hole,
 *   and usual for the pixels that a stride leaves aside. They are remarks. (A public parameter that nothing reads is
 *   neither: an address or a nonce is bound to the proof by being public.)
 */
import type { Circuit } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import {
  at,
  atByte,
  connectWires,
  dependsOnChallenge,
  describeProvenance,
  findFreeWires,
  provenanceOf,
  rootOf,
} from '../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import type { Assembly } from './instantiate.ts';
import { pinnedConstant, representativeOf } from './signal-classes.ts';

/** A value that the prover may choose. */
export interface FreeValue {
  /** "main.w7", "hash#3.w2", or "aux45" for a value that only R1CS has. */
  readonly name: string;
  /** Main's witness, where it is one. */
  readonly witness?: number;
  /** Whether main returns it. */
  readonly isReturned: boolean;
  /** What mentions it: "range, main.nr:5". Absent when no constraint does. */
  readonly place?: string;
  /** How many values are free together with it, itself included. */
  readonly size: number;
}

/** What a program leaves unconstrained. Witnesses are main's. */
export interface Unconstrained {
  readonly freeValues: readonly FreeValue[];
  /** Private parameters that no constraint mentions and that are not returned. */
  readonly unusedParameters: readonly number[];
  /** Private parameters that constraints mention, but none that leads to a public value. */
  readonly isolatedParameters: readonly number[];
}

/** Looks for what main leaves unconstrained. `nameOf` names a signal, as wires are named. */
export function findUnconstrained(
  main: Circuit,
  assembly: Assembly,
  rows: ConstraintSystem,
  nameOf: (signal: number) => string,
): Unconstrained {
  const signals = signalsOfMain(assembly);
  const classOf = (witness: number): number => representativeOf(assembly.classes, signals.get(witness) ?? 0);
  const returnedBy = new Map(main.returnValues.map(witness => [classOf(witness), witness]));
  const witnessOf = new Map([...signals.keys()].reverse().map(witness => [classOf(witness), witness]));
  const isInput = new Uint8Array(rows.wireCount);
  for (const witness of [...main.privateParameters, ...main.publicParameters]) isInput[classOf(witness)] = 1;
  const isMentioned = mentionedWires(rows);
  const isPinned = (wire: number): boolean => pinnedConstant(assembly.classes, wire) !== 0;
  const unmentioned = [...returnedBy.keys()].filter(
    wire => atByte(isMentioned, wire) === 0 && atByte(isInput, wire) === 0 && !isPinned(wire),
  );
  // What a lookup argument adds connects nothing: everything that is looked up would be connected through the challenge.
  const isIgnored = new Uint8Array(rows.wireCount).map((_, wire) => Number(dependsOnChallenge(rows, wire)));
  const { groups, users } = findFreeWires(rows, { isInput, isIgnored });
  const titles: Titles = { returnedBy, witnessOf, nameOf, users };
  const freeValues = new Map<string, FreeValue>();
  for (const wire of unmentioned) addFreeValue(freeValues, titles, [wire]);
  for (const { wires, row } of groups)
    addFreeValue(freeValues, titles, wires, describeProvenance(provenanceOf(rows, row)));
  const idle = findIdleParameters(main, rows, { isMentioned, classOf, isPinned });
  return { freeValues: [...freeValues.values()], ...idle };
}

/** What wires are called. */
interface Titles {
  /** Main's witness by wire, for those that main returns. */
  readonly returnedBy: ReadonlyMap<number, number>;
  /** Main's witness by wire. */
  readonly witnessOf: ReadonlyMap<number, number>;
  readonly nameOf: (wire: number) => string;
  readonly users: Uint32Array;
}

/** Adds one value for a group of wires; groups that lead to the same value of the program are one. */
function addFreeValue(
  freeValues: Map<string, FreeValue>,
  titles: Titles,
  wires: readonly number[],
  place?: string,
): void {
  const wire = speakingWire(titles, wires);
  const witness = titles.returnedBy.get(wire) ?? titles.witnessOf.get(wire);
  const name = witness === undefined ? titles.nameOf(wire) : `main.w${witness}`;
  const known = freeValues.get(name);
  freeValues.set(name, {
    name,
    ...(witness === undefined ? {} : { witness }),
    isReturned: titles.returnedBy.has(wire),
    ...(known ?? (place === undefined ? {} : { place })),
    size: wires.length + (known?.size ?? 0),
  });
}

/** The wire of a group that says most to people: returned, main's, of the program at all; or one that is defined through it. */
function speakingWire({ returnedBy, witnessOf, nameOf, users }: Titles, wires: readonly number[]): number {
  const isNamed = (wire: number): boolean => !nameOf(wire).startsWith('aux');
  const own = [returnedBy, witnessOf]
    .map(map => wires.find(wire => map.has(wire)))
    .find(wire => wire !== undefined);
  const [first = 0] = wires;
  let wire = own ?? wires.find(isNamed) ?? first;
  while (!isNamed(wire) && at(users, wire) !== 0) wire = at(users, wire);
  return isNamed(wire) ? wire : first;
}

interface Parameters {
  readonly isMentioned: Uint8Array;
  readonly classOf: (witness: number) => number;
  readonly isPinned: (wire: number) => boolean;
}

function findIdleParameters(
  main: Circuit,
  rows: ConstraintSystem,
  { isMentioned, classOf, isPinned }: Parameters,
): Pick<Unconstrained, 'unusedParameters' | 'isolatedParameters'> {
  const candidates = main.privateParameters.filter(witness => {
    const wire = classOf(witness);
    return wire > rows.publicCount && !isPinned(wire);
  });
  const unusedParameters = candidates.filter(witness => atByte(isMentioned, classOf(witness)) === 0);
  if (rows.publicCount === 0) return { unusedParameters, isolatedParameters: [] };
  const { parents, isReached } = connectWires(rows);
  const isolatedParameters = candidates.filter(witness => {
    const wire = classOf(witness);
    return atByte(isMentioned, wire) === 1 && atByte(isReached, rootOf(parents, wire)) === 0;
  });
  return { unusedParameters, isolatedParameters };
}

function mentionedWires(rows: ConstraintSystem): Uint8Array {
  const isMentioned = new Uint8Array(rows.wireCount);
  for (const { wires } of [rows.a, rows.b, rows.c]) for (const wire of wires) isMentioned[wire] = 1;
  return isMentioned;
}

/** Program signals of main's witnesses. */
function signalsOfMain(assembly: Assembly): Map<number, number> {
  const signals = new Map<number, number>();
  const [main] = assembly.instances;
  if (main === undefined) return signals;
  for (let signal = 1; signal < main.template.signalCount; signal++) {
    const witness = at(main.template.witnessOf.data, signal);
    if (witness !== 0) signals.set(witness - 1, at(main.map, signal));
  }
  return signals;
}

/** What may stay unconstrained, and how to name it. */
export interface ConstrainedOptions {
  /**
   * Names of values that the prover may choose: Noir names ("secret", "points[2].x", "return", "return[3]"; the name of a
   * whole allows its parts) or names of witnesses ("main.w7", "hash#3.w2", "aux45").
   */
  readonly allowed?: readonly string[];
  /** The Noir name of one of main's witnesses, such as "return[3]". */
  readonly nameOf?: (witness: number) => string | undefined;
}

/**
 * Throws when the prover may choose a value that is not allowed to be free.
 * @throws BionoirError UNDER_CONSTRAINED naming the values.
 */
export function assertConstrained(
  { freeValues }: Pick<Unconstrained, 'freeValues'>,
  options: ConstrainedOptions = {},
): void {
  const named = freeValues.map(value => ({
    ...value,
    noirName: value.witness === undefined ? undefined : options.nameOf?.(value.witness),
  }));
  const found = named.filter(({ name, noirName }) => !isAllowed(options.allowed ?? [], name, noirName));
  if (found.length === 0) return;
  const shown = found.slice(0, SHOWN).map(({ name, noirName, isReturned, place }) => {
    const title = noirName ?? name;
    const remarks = [
      title === name ? '' : name,
      isReturned ? 'returned by main' : '',
      place ?? 'in no constraint',
    ];
    return `${title} (${remarks.filter(text => text !== '').join(', ')})`;
  });
  const [count, verb] = found.length === 1 ? ['1 value is', 'it'] : [`${found.length} values are`, 'them'];
  throw new BionoirError(
    'UNDER_CONSTRAINED',
    `${count} free for the prover to choose: ${shown.join('; ')}${found.length > SHOWN ? ' ...' : ''}. ` +
      `No input of main determines ${verb}. Constrain ${verb} in the Noir source, or allow ${verb} by name if that is meant.`,
    { details: { values: found } },
  );
}

const SHOWN = 5;

function isAllowed(allowed: readonly string[], name: string, noirName: string | undefined): boolean {
  return allowed.some(
    each =>
      each === name || (noirName !== undefined && (noirName === each || /^[.[]/.test(rest(noirName, each)))),
  );
}

/** What follows `start` in `name`; empty when it does not start so. */
function rest(name: string, start: string): string {
  return name.startsWith(start) ? name.slice(start.length) : '';
}
