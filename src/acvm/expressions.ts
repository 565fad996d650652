/**
 * Expressions made ready for solving: signed coefficients as numbers where they are small, so that a dense layer's row of
 * a thousand terms is a sum of doubles. Sums stay exact: their size is watched, and larger ones are taken on bigints.
 */
import type { Expression } from '../acir/types.ts';
import { invertOrZero, mod, toSigned } from '../field/index.ts';
import { stopped } from './failure.ts';
import {
  type FieldValue,
  hasSmalls,
  readValue,
  SMALL,
  SMALL_MAX,
  setValue,
  shortened,
  signedOf,
  type Values,
} from './values.ts';

/** An expression in columns. `numbers` are NaN where the coefficient is not small. */
export interface ReadyExpression {
  readonly source: Expression;
  readonly witnesses: Uint32Array;
  readonly numbers: Float64Array;
  readonly lefts: Uint32Array;
  readonly rights: Uint32Array;
  readonly productNumbers: Float64Array;
  readonly constant: number;
}

/** Sums of products below this size are exact. */
const EXACT_MAX = 2 ** 53;

/** Prepares an expression; the result serves every frame of its circuit. */
export function readyExpression(source: Expression, prime: bigint): ReadyExpression {
  const { mulTerms, linear } = source;
  const numbers = Float64Array.from(linear.coefficients, value => numberOf(value, prime));
  return {
    source,
    witnesses: linear.witnesses,
    numbers,
    lefts: Uint32Array.from(mulTerms, term => term.left),
    rights: Uint32Array.from(mulTerms, term => term.right),
    productNumbers: Float64Array.from(mulTerms, term => numberOf(term.coefficient, prime)),
    constant: numberOf(source.constant, prime),
  };
}

function numberOf(coefficient: bigint, prime: bigint): number {
  const short = hasSmalls(prime) ? shortened(prime, coefficient) : coefficient;
  return typeof short === 'number' ? short : Number.NaN;
}

/**
 * Evaluates an expression whose witnesses are all known.
 * @throws Stopped when one is not
 */
export function evaluate(expression: ReadyExpression, values: Values): FieldValue {
  const fast = sumOfSmalls(expression, values, -1);
  if (!Number.isNaN(fast)) return fast;
  const { constant, unknown } = collect(expression.source, values);
  if (unknown.size > 0) throw stopped(`witness ${[...unknown.keys()][0]} is needed before it is known`);
  return shortened(values.prime, constant);
}

/**
 * Solves "expression = 0" for its one unknown witness, or checks it when it has none.
 * @throws Stopped when the check fails or more than one witness is unknown
 */
export function solveZero(expression: ReadyExpression, values: Values): void {
  const open = onlyOpen(expression, values);
  if (open >= -1) {
    const sum = sumOfSmalls(expression, values, open);
    if (!Number.isNaN(sum) && settleSmall(expression, values, open, sum)) return;
  }
  solveSlowly(expression.source, values);
}

/** Position of the only unknown linear term; -1: nothing is unknown; -2: more, or inside a product. */
function onlyOpen({ witnesses, lefts, rights }: ReadyExpression, { states }: Values): number {
  for (let k = 0; k < lefts.length; k++) {
    if (states[lefts[k] as number] !== SMALL || states[rights[k] as number] !== SMALL) return -2;
  }
  let open = -1;
  for (let k = 0; k < witnesses.length; k++) {
    if (states[witnesses[k] as number] === SMALL) continue;
    if (open !== -1 || states[witnesses[k] as number] !== 0) return -2;
    open = k;
  }
  return open;
}

/** The exact sum over small values without the linear term `open`, or NaN where it is not small. */
function sumOfSmalls(expression: ReadyExpression, { states, smalls }: Values, open: number): number {
  const { witnesses, numbers, lefts, rights, productNumbers } = expression;
  let sum = expression.constant;
  let size = Math.abs(sum);
  for (let k = 0; k < lefts.length; k++) {
    const [left, right] = [lefts[k] as number, rights[k] as number];
    if (states[left] !== SMALL || states[right] !== SMALL) return Number.NaN;
    const product = (smalls[left] as number) * (smalls[right] as number);
    if (!(Math.abs(product) < EXACT_MAX)) return Number.NaN;
    const term = (productNumbers[k] as number) * product;
    sum += term;
    size += Math.abs(term);
  }
  for (let k = 0; k < witnesses.length; k++) {
    if (k === open) continue;
    const witness = witnesses[k] as number;
    if (states[witness] !== SMALL) return Number.NaN;
    const term = (numbers[k] as number) * (smalls[witness] as number);
    sum += term;
    size += Math.abs(term);
  }
  return size < SMALL_MAX ? sum : Number.NaN;
}

/** Ends a solution on numbers; false when it needs bigints. */
function settleSmall(expression: ReadyExpression, values: Values, open: number, sum: number): boolean {
  if (open === -1) {
    if (sum !== 0) throw stopped('Cannot satisfy constraint');
    return true;
  }
  const quotient = -sum / (expression.numbers[open] as number);
  if (!Number.isInteger(quotient)) return false;
  setValue(values, expression.witnesses[open] as number, quotient + 0); // no negative zero
  return true;
}

interface Collected {
  readonly constant: bigint;
  /** Coefficients of the unknown witnesses. */
  readonly unknown: ReadonlyMap<number, bigint>;
}

/** Folds everything known into a constant. */
function collect(expression: Expression, values: Values): Collected {
  const { prime } = values;
  const unknown = new Map<number, bigint>();
  const addUnknown = (witness: number, coefficient: bigint): void => {
    unknown.set(witness, mod((unknown.get(witness) ?? 0n) + coefficient, prime));
  };
  let constant = expression.constant;
  for (const { coefficient, left, right } of expression.mulTerms) {
    const [leftValue, rightValue] = [readValue(values, left), readValue(values, right)];
    if (leftValue !== undefined && rightValue !== undefined)
      constant += coefficient * signedOf(prime, leftValue) * signedOf(prime, rightValue);
    else if (leftValue !== undefined) addUnknown(right, coefficient * signedOf(prime, leftValue));
    else if (rightValue !== undefined) addUnknown(left, coefficient * signedOf(prime, rightValue));
    else throw stopped(`the product of witnesses ${left} and ${right} is needed before either is known`);
  }
  expression.linear.witnesses.forEach((witness, index) => {
    const coefficient = toSigned(expression.linear.coefficients[index] ?? 0n, prime);
    const value = readValue(values, witness);
    if (value === undefined) addUnknown(witness, coefficient);
    else constant += coefficient * signedOf(prime, value);
  });
  return { constant: mod(constant, prime), unknown };
}

function solveSlowly(expression: Expression, values: Values): void {
  const { constant, unknown } = collect(expression, values);
  if (unknown.size > 1) throw stopped(`more than one witness is unknown (${[...unknown.keys()].join(', ')})`);
  const [only] = unknown;
  if (only === undefined || only[1] === 0n) {
    // a witness whose coefficients cancel stays unknown
    if (constant !== 0n) throw stopped('Cannot satisfy constraint');
    return;
  }
  const [witness, coefficient] = only;
  const { prime } = values;
  const solution = ((prime - constant) * invertOrZero(coefficient, prime)) % prime;
  setValue(values, witness, shortened(prime, solution));
}
