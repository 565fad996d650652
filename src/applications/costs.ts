/**
 * What an application's statement adds to a network's constraints, part by part: the rows of noir-templates' application.nr
 * and commitment.nr, before anything is compiled. Ranges are given by their bits, since what one costs depends on the
 * proof system.
 */
import { WORD_BITS } from './commitments.ts';
import type { Application, PackedRange, Proximity } from './types.ts';

/** One part of a statement. */
export interface StatementCost {
  /** For people. */
  readonly name: string;
  /** Rows that cost the same in every proof system. */
  readonly rowCount: number;
  readonly ranges: readonly { readonly bits: number; readonly count: number }[];
  /** Numbers that the program returns: a row each. */
  readonly resultCount: number;
}

/** `bind`: the address is not zero, the nonce not -1. */
const BIND_ROWS = 2;
/** Rows of a Poseidon2 permutation, and how many elements it absorbs: see docs/circuits.md. */
const PERMUTATION_ROWS = 264;
const PERMUTATION_RATE = 3;

/** The parts of a statement, in the order in which main.nr makes them. */
export function statementCosts(application: Application): StatementCost[] {
  return [
    ...(application.bound ? [part('address and nonce', { rowCount: BIND_ROWS })] : []),
    ...ownCosts(application),
    ...(application.input ? [commitmentCost('input commitment', application.input, application.input)] : []),
  ];
}

function ownCosts(application: Application): StatementCost[] {
  switch (application.kind) {
    case 'classification':
      return [part('label', { resultCount: 1 })];
    case 'liveness':
      return [part('score - threshold', { ranges: [{ bits: application.excessBits, count: 1 }] })];
    case 'proximity':
      return proximityCosts(application);
    default:
      return application satisfies never;
  }
}

function proximityCosts(application: Proximity): StatementCost[] {
  const { commitFeatures, featureCount, features } = application;
  return [
    part('features', { ranges: [{ bits: features.bits, count: featureCount }] }),
    part('threshold - distance', {
      rowCount: featureCount,
      ranges: [{ bits: distanceBits(application), count: 1 }],
    }),
    ...(commitFeatures
      ? [commitmentCost('features commitment', features, { valueCount: featureCount })]
      : []),
  ];
}

function commitmentCost(
  name: string,
  range: PackedRange,
  { valueCount }: { readonly valueCount: number },
): StatementCost {
  return part(name, { rowCount: commitmentRows(range, valueCount), resultCount: 1 });
}

function part(name: string, cost: Partial<StatementCost>): StatementCost {
  return { rowCount: 0, ranges: [], resultCount: 0, ...cost, name };
}

/** Rows of a commitment to so many values. */
export function commitmentRows({ bits }: PackedRange, valueCount: number): number {
  const elements = 1 + Math.ceil(valueCount / Math.floor(WORD_BITS / bits)); // the salt is one
  return PERMUTATION_ROWS * Math.ceil(elements / PERMUTATION_RATE);
}

/** Every squared distance is below 2^n; n is returned. */
export function distanceBits({ features, stepBits, extraBits }: Proximity): number {
  return 2 * (features.bits + stepBits) + extraBits;
}
