/**
 * Finds what a program forgot to constrain: return values and private parameters that occur in no constraint, and private
 * wires that no constraint connects to a public one.
 *
 * A free return value is a public number that the prover may choose: an unconstrained function computed it and nothing
 * checks it. A free public parameter is no hole (an address or a nonce is bound to the proof by being public). This finds
 * some holes, not all: being connected is not being unique.
 */

import type { Circuit } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { at, findUnconnected } from '../../src/r1cs/index.ts';
import type { ConstraintSystem, WireId } from '../../src/r1cs/types.ts';
import type { Assembly } from './instantiate.ts';
import { pinnedConstant, representativeOf } from './signal-classes.ts';

/** Witnesses of main that occur in no constraint. */
export interface FreeWitnesses {
  readonly privateParameters: readonly number[];
  readonly returnValues: readonly number[];
}

/** What may stay unconstrained. */
export interface ConstrainedOptions {
  /** Witnesses of main that may be free. */
  readonly allowedWitnesses?: readonly number[];
  /** Private wires that may be unconnected; `name` is the wire's, as in .sym files. */
  readonly allowedWires?: (name: string, wire: WireId) => boolean;
}

/**
 * Looks for main's free witnesses in the rows as emitted, before simplification. A return value that is a copy of a
 * parameter is not free, nor is a parameter that is returned.
 */
export function findFreeWitnesses(main: Circuit, assembly: Assembly, rows: ConstraintSystem): FreeWitnesses {
  const { classes } = assembly;
  const used = new Uint8Array(rows.wireCount);
  for (const { wires } of [rows.a, rows.b, rows.c]) for (const wire of wires) used[wire] = 1;
  const signals = signalsOfMain(
    assembly,
    new Set<number>([...main.privateParameters, ...main.publicParameters, ...main.returnValues]),
  );
  const classOf = (witness: number): number => representativeOf(classes, signals.get(witness) ?? 0);
  const parameters = [...main.privateParameters, ...main.publicParameters];
  const parameterClasses = new Set(parameters.map(classOf));
  const returnClasses = new Set(main.returnValues.map(classOf));
  const isFree = (witness: number): boolean => {
    const representative = classOf(witness);
    return used[representative] !== 1 && pinnedConstant(classes, representative) === 0;
  };
  return {
    privateParameters: main.privateParameters.filter(
      witness => isFree(witness) && !returnClasses.has(classOf(witness)),
    ),
    returnValues: main.returnValues.filter(
      witness => isFree(witness) && !parameterClasses.has(classOf(witness)),
    ),
  };
}

function signalsOfMain(assembly: Assembly, witnesses: ReadonlySet<number>): Map<number, number> {
  const signals = new Map<number, number>();
  const [main] = assembly.instances;
  if (main === undefined) return signals;
  for (let signal = 1; signal < main.template.signalCount; signal++) {
    const witness = at(main.template.witnessOf.data, signal);
    if (witnesses.has(witness - 1)) signals.set(witness - 1, at(main.map, signal));
  }
  return signals;
}

/** What {@link assertConstrained} needs of a lowered program. */
export interface ConstrainedSubject {
  readonly system: ConstraintSystem;
  readonly freeWitnesses: FreeWitnesses;
  readonly wireName: (wire: WireId) => string;
}

/**
 * Throws when the program leaves something unconstrained that is not allowed to be.
 * @throws BionoirError UNDER_CONSTRAINED naming witnesses or wires.
 */
export function assertConstrained(lowered: ConstrainedSubject, options: ConstrainedOptions = {}): void {
  const { system, freeWitnesses, wireName } = lowered;
  const isForbidden = (witness: number): boolean => options.allowedWitnesses?.includes(witness) !== true;
  const returns = freeWitnesses.returnValues.filter(isForbidden);
  if (returns.length > 0)
    throw underConstrained(
      returns.length,
      'return values of main are',
      namesOf(returns, w => `main.w${w}`),
      { returns },
    );
  const parameters = freeWitnesses.privateParameters.filter(isForbidden);
  if (parameters.length > 0)
    throw underConstrained(
      parameters.length,
      'private parameters of main are',
      namesOf(parameters, w => `main.w${w}`),
      { parameters },
    );
  const wires = findUnconnected(system, {
    allowed: wire => options.allowedWires?.(wireName(wire), wire) === true,
  });
  if (wires.length > 0)
    throw underConstrained(
      wires.length,
      'private wires are, towards any public wire,',
      namesOf(wires, wireName),
      { wires },
    );
}

function namesOf<T>(items: readonly T[], name: (item: T) => string): string {
  return `${items.slice(0, 5).map(name).join(', ')}${items.length > 5 ? ' ...' : ''}`;
}

function underConstrained(
  count: number,
  what: string,
  names: string,
  details: Readonly<Record<string, unknown>>,
): BionoirError {
  return new BionoirError(
    'UNDER_CONSTRAINED',
    `${count} ${what} unconstrained: ${names}. Constrain them in the Noir source, or allow them if that is meant.`,
    { details },
  );
}
