/** Expressions: building, testing, normalising and evaluating sum(m * w * w) + sum(c * w) + constant. */
import { BN254_SCALAR_PRIME, mod } from '../field/index.ts';
import type { AcirWitness, Expression, LinearTerms, MulTerm } from './types.ts';

/** No linear term: shared, since most expressions of a memory or predicate have none. */
export const NO_LINEAR_TERMS: LinearTerms = { witnesses: new Uint32Array(0), coefficients: [] };
/** No product. */
export const NO_MUL_TERMS: readonly MulTerm[] = [];
/** The expression 0. */
export const ZERO_EXPRESSION: Expression = { mulTerms: NO_MUL_TERMS, linear: NO_LINEAR_TERMS, constant: 0n };
/** The expression 1: the predicate of everything unconditional. */
export const ONE_EXPRESSION: Expression = { mulTerms: NO_MUL_TERMS, linear: NO_LINEAR_TERMS, constant: 1n };

/** Brands a plain number as an ACIR witness. */
export function acirWitness(index: number): AcirWitness {
  return index as AcirWitness; // the brand constructor
}

/** Makes the expression of a constant in [0, p). */
export function constantExpression(value: bigint): Expression {
  if (value === 0n) return ZERO_EXPRESSION;
  return value === 1n ? ONE_EXPRESSION : { mulTerms: NO_MUL_TERMS, linear: NO_LINEAR_TERMS, constant: value };
}

/** Makes the expression of a single witness. */
export function witnessExpression(witness: AcirWitness): Expression {
  const linear = { witnesses: Uint32Array.of(witness), coefficients: [1n] };
  return { mulTerms: NO_MUL_TERMS, linear, constant: 0n };
}

/** Gives the value of an expression without witnesses (as written: terms that cancel still count), else undefined. */
export function asConstant(expression: Expression): bigint | undefined {
  const { mulTerms, linear, constant } = expression;
  return mulTerms.length === 0 && linear.witnesses.length === 0 ? constant : undefined;
}

/** Gives the witness of an expression that is exactly one witness with coefficient 1, else undefined. */
export function asWitness(expression: Expression): AcirWitness | undefined {
  const { mulTerms, linear, constant } = expression;
  if (mulTerms.length > 0 || constant !== 0n || linear.witnesses.length !== 1) return undefined;
  return linear.coefficients[0] === 1n ? (linear.witnesses[0] as AcirWitness) : undefined;
}

/**
 * Evaluates an expression, or gives undefined when a witness that it needs is unknown.
 * @param lookup the value of a witness in [0, p), or undefined
 */
export function evaluateExpression(
  expression: Expression,
  lookup: (witness: AcirWitness) => bigint | undefined,
  prime: bigint = BN254_SCALAR_PRIME,
): bigint | undefined {
  let sum = expression.constant;
  for (const { coefficient, left, right } of expression.mulTerms) {
    const [leftValue, rightValue] = [lookup(left), lookup(right)];
    if (leftValue === undefined || rightValue === undefined) return undefined;
    sum += ((coefficient * leftValue) % prime) * rightValue;
  }
  const { witnesses, coefficients } = expression.linear;
  for (let i = 0; i < witnesses.length; i++) {
    const value = lookup(witnesses[i] as AcirWitness);
    if (value === undefined) return undefined;
    sum += (coefficients[i] as bigint) * value;
  }
  return mod(sum, prime);
}

/**
 * Writes an expression in its one normal form: products by (smaller, larger) witness, linear terms by witness, equal
 * terms added up, zero coefficients dropped.
 */
export function normaliseExpression(expression: Expression, prime: bigint = BN254_SCALAR_PRIME): Expression {
  const mulTerms = normaliseProducts(expression.mulTerms, prime);
  const linear = normaliseLinear(expression.linear, prime);
  return { mulTerms, linear, constant: mod(expression.constant, prime) };
}

function normaliseProducts(terms: readonly MulTerm[], prime: bigint): MulTerm[] {
  const sorted = terms
    .map(({ coefficient, left, right }) =>
      left <= right ? { coefficient, left, right } : { coefficient, left: right, right: left },
    )
    .sort((a, b) => a.left - b.left || a.right - b.right);
  const merged: { coefficient: bigint; left: AcirWitness; right: AcirWitness }[] = [];
  for (const term of sorted) {
    const last = merged.at(-1);
    if (last && last.left === term.left && last.right === term.right) last.coefficient += term.coefficient;
    else merged.push({ ...term });
  }
  for (const term of merged) term.coefficient = mod(term.coefficient, prime);
  return merged.filter(term => term.coefficient !== 0n);
}

function normaliseLinear(terms: LinearTerms, prime: bigint): LinearTerms {
  const sums = new Map<number, bigint>();
  for (let i = 0; i < terms.witnesses.length; i++) {
    const witness = terms.witnesses[i] as number;
    sums.set(witness, (sums.get(witness) ?? 0n) + (terms.coefficients[i] as bigint));
  }
  const kept = [...sums]
    .map(([witness, sum]) => [witness, mod(sum, prime)] as const)
    .filter(([, sum]) => sum !== 0n)
    .sort(([a], [b]) => a - b);
  return { witnesses: Uint32Array.from(kept, ([w]) => w), coefficients: kept.map(([, sum]) => sum) };
}
