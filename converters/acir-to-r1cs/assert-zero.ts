/**
 * Lowers AssertZero: sum of products + linear part = 0.
 *
 * Pinned witnesses fold into constants first, so that duplicated and trivial opcodes vanish. Products are factored
 * (quadratic.ts): k of them cost k rows, the last of which also carries the linear part on its C side, where a dense dot
 * product is free to prove. Without products the opcode is a fact (a constant, a copy) or a linear row.
 */
import type { Expression } from '../../src/acir/types.ts';
import { mod } from '../../src/field/index.ts';
import { emitRow, type GadgetBuilder, hint, negate, witnessSignal } from './builder.ts';
import { combineForms, divideForm, type Form, formOfMap, ONE_SIGNAL, signalForm } from './forms.ts';
import { assertProduct, assertZero, defineWitness, product } from './gadgets.ts';
import { type FactoredProduct, factorProducts, type ProductTerm } from './quadratic.ts';

/** Proves: the expression is 0. Costs: a row for each factored product, else a linear row (gated: see gadgets.ts). */
export function lowerAssertZero(builder: GadgetBuilder, expression: Expression): void {
  const { products, linear } = fold(builder, expression);
  if (builder.gate !== undefined) {
    const unknown = unknownSignals(builder, products, linear);
    const [target] = unknown;
    const inProduct = products.some(({ left, right }) => left === target || right === target);
    if (unknown.length === 1 && target !== undefined && !inProduct) {
      defineByExpression(builder, products, linear, target);
      return;
    }
    for (const signal of unknown) builder.known.add(signal);
  }
  const factored = factorProducts(builder.prime, products);
  const last = factored.pop();
  const rest = sumOfProducts(builder, factored, linear);
  if (last === undefined) assertZero(builder, rest);
  else assertProduct(builder, last.left, last.right, negate(builder, rest));
}

interface FoldedExpression {
  readonly products: readonly ProductTerm[];
  readonly linear: Form;
}

/** Replaces pinned witnesses by their constants and adds up equal terms. */
function fold(builder: GadgetBuilder, expression: Expression): FoldedExpression {
  const { constants, prime } = builder;
  const sum = new Map<number, bigint>();
  const products: ProductTerm[] = [];
  addTerm(builder, sum, ONE_SIGNAL, expression.constant);
  const { witnesses, coefficients } = expression.linear;
  for (let k = 0; k < witnesses.length; k++) {
    addTerm(builder, sum, witnessSignal(builder, witnesses[k] ?? 0), coefficients[k] ?? 0n);
  }
  for (const term of expression.mulTerms) {
    const [left, right] = [witnessSignal(builder, term.left), witnessSignal(builder, term.right)];
    const [leftConstant, rightConstant] = [constants.get(left), constants.get(right)];
    if (leftConstant !== undefined) addTerm(builder, sum, right, term.coefficient * leftConstant);
    else if (rightConstant !== undefined) addTerm(builder, sum, left, term.coefficient * rightConstant);
    else products.push({ left, right, coefficient: mod(term.coefficient, prime) });
  }
  return { products, linear: formOfMap(prime, sum) };
}

function addTerm(builder: GadgetBuilder, sum: Map<number, bigint>, signal: number, value: bigint): void {
  const constant = builder.constants.get(signal);
  if (constant !== undefined) addTerm(builder, sum, ONE_SIGNAL, value * constant);
  else sum.set(signal, (sum.get(signal) ?? 0n) + value);
}

/** Every product becomes a signal; returns their sum with the linear part. */
function sumOfProducts(builder: GadgetBuilder, products: readonly FactoredProduct[], linear: Form): Form {
  const terms = products.map(({ left, right }) => ({ form: product(builder, left, right), factor: 1n }));
  return combineForms(builder.prime, [...terms, { form: linear, factor: 1n }]);
}

function unknownSignals(
  builder: GadgetBuilder,
  products: readonly ProductTerm[],
  linear: Form,
): readonly number[] {
  const used = [...products.flatMap(({ left, right }) => [left, right]), ...linear.signals];
  return [...new Set(used)].filter(signal => signal !== ONE_SIGNAL && !builder.known.has(signal));
}

/**
 * In a gated template: the opcode solves for one witness, so it is a definition rather than a check, and holds for any
 * inputs. The solver recomputes the witness, since its frame does not exist when the gate is 0.
 */
function defineByExpression(
  builder: GadgetBuilder,
  products: readonly ProductTerm[],
  linear: Form,
  target: number,
): void {
  const { prime } = builder;
  const factor = linear.coefficients[linear.signals.indexOf(target)] ?? 1n;
  const factored = factorProducts(prime, products);
  const last = factored.pop();
  const sum = sumOfProducts(builder, factored, linear);
  const rest = combineForms(prime, [
    { form: sum, factor: 1n },
    { form: signalForm(target), factor: -factor },
  ]);
  if (last === undefined) {
    defineWitness(builder, target, divideForm(prime, rest, -factor));
    return;
  }
  const [value = rest] = hint(builder, 'product', [last.left, last.right]);
  const total = combineForms(prime, [
    { form: rest, factor: 1n },
    { form: value, factor: 1n },
  ]);
  defineWitness(builder, target, divideForm(prime, total, -factor));
  emitRow(builder, last.left, last.right, value);
}
