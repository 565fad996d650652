/**
 * What every opcode's lowering is written with. Start here to add a black box.
 *
 * A gadget is a function `(builder, call) => void` that reads its inputs as *forms* (`inputForm`), calculates with
 * forms, and ends with `assignWitness` for each output. Linear arithmetic (forms.ts) is free. What costs rows:
 *
 *     product(l, r)            1 row; 0 if a side is constant or the same product was taken before
 *     assertProduct(l, r, o)   1 row
 *     assertZero(form)         1 linear row, mostly simplified away or packed with others
 *     assertBoolean(form)      1 row, once
 *     range(form, n)           n rows; fewer where a narrower range of the wire is known
 *     toBits(form, n)          the same; the bits are cached, so a second request is free
 *     select(c, t, f)          1 row
 *     isZero(form)             2 rows
 *     lookUp(table, form)      1 row; only where builder.tables is there
 *
 * Two rules keep gadgets sound inside calls that may be switched off (gated templates, where a predicate of 0 must make
 * every check vacuous). *Checks* go through assertZero, assertProduct, assertBoolean, range and toBits, which apply the
 * gate by themselves. *Definitions* (product, isZero, select, define) hold for any values of their inputs and are never
 * gated. Values that only the solver knows come from `hint`, which proves nothing: pin them in the same function.
 *
 * Ranges and bits are recorded as facts and become rows at assembly, so that a lookup argument can replace bits without
 * touching a gadget. A gadget knows the signals of its own template only: neither calls nor wires.
 */
import type { AcirWitness, Expression } from '../../src/acir/types.ts';
import {
  emitLinear,
  emitRow,
  type GadgetBuilder,
  hint,
  placeOf,
  recompute,
  recordDecomposition,
  recordLookup,
  solveFor,
  unsatisfiable,
  witnessForm,
  witnessSignal,
} from './builder.ts';
import {
  addForms,
  combineForms,
  constantForm,
  constantOf,
  type Form,
  formKey,
  ONE_FORM,
  ONE_SIGNAL,
  scaleForm,
  signalForm,
  signalOf,
  subtractForms,
  ZERO_FORM,
} from './forms.ts';

// Outputs and expressions

/**
 * Makes an opcode's output witness equal to a form. A witness that already has a value is checked to equal it, as ACVM
 * does.
 * Proves: witness = form. Costs: a linear row, which simplification removes.
 */
export function assignWitness(builder: GadgetBuilder, witness: AcirWitness | number, form: Form): void {
  const signal = witnessSignal(builder, witness);
  if (builder.gate !== undefined && !builder.known.has(signal)) defineWitness(builder, signal, form);
  else assertZero(builder, subtractForms(builder.prime, witnessForm(builder, witness), form));
}

/**
 * In a gated template: makes a witness a definition, which the solver recomputes, since its frame does not exist when
 * the gate is 0.
 */
export function defineWitness(builder: GadgetBuilder, signal: number, form: Form): void {
  builder.known.add(signal);
  const constant = constantOf(form);
  if (constant !== undefined) builder.constants.set(signal, constant);
  recompute(builder, signal, form);
  emitRow(builder, ZERO_FORM, ZERO_FORM, subtractForms(builder.prime, form, signalForm(signal)));
}

/** Returns the form of an expression. Costs: a row for each product term of non-constant factors. */
export function expressionForm(builder: GadgetBuilder, expression: Expression): Form {
  const terms = Array.from(expression.linear.witnesses, (witness, index) => ({
    form: witnessForm(builder, witness),
    factor: expression.linear.coefficients[index] ?? 0n,
  }));
  for (const { coefficient, left, right } of expression.mulTerms) {
    const form = product(builder, witnessForm(builder, left), witnessForm(builder, right));
    terms.push({ form, factor: coefficient });
  }
  terms.push({ form: ONE_FORM, factor: expression.constant });
  return combineForms(builder.prime, terms);
}

// Checks: they hold whenever the gate is on

/** Proves: form = 0. Costs: a linear row (gated: 1 row). */
export function assertZero(builder: GadgetBuilder, form: Form): void {
  const constant = constantOf(form);
  if (constant === 0n) return;
  if (builder.gate !== undefined) assertGated(builder, form, builder.gate);
  else if (constant === undefined) emitLinear(builder, form);
  else throw unsatisfiable(`demands that the constant ${constant} is 0`, placeOf(builder));
}

/**
 * A gated check that pins a signal lets what follows use the constant: with the gate on they are equal, and with the
 * gate off nothing that follows is checked. So recursion that a constant bounds ends in gated calls too.
 */
function assertGated(builder: GadgetBuilder, form: Form, gate: Form): void {
  emitRow(builder, form, gate, ZERO_FORM);
  const signals = form.signals.filter(signal => signal !== ONE_SIGNAL);
  const [signal] = signals;
  if (signals.length === 1 && signal !== undefined)
    builder.constants.set(signal, solveFor(builder.prime, form, signal));
}

/** Proves: left * right = output. Costs: 1 row (gated: 2), or a linear row when a side is constant. */
export function assertProduct(builder: GadgetBuilder, left: Form, right: Form, output: Form): void {
  const isLinear = constantOf(left) !== undefined || constantOf(right) !== undefined;
  if (isLinear || builder.gate !== undefined)
    assertZero(builder, subtractForms(builder.prime, product(builder, left, right), output));
  else emitRow(builder, left, right, output);
}

/** Proves: form is 0 or 1. Costs: 1 row, once (gated: 2). */
export function assertBoolean(builder: GadgetBuilder, form: Form): void {
  const key = formKey(form);
  if (builder.booleans.has(key)) return;
  builder.booleans.add(key);
  assertProduct(builder, form, form, form);
}

/**
 * Proves: the form's canonical value is less than 2^width.
 * Costs: width rows without lookups (gated: one more); nothing where as many bits of the form are known, or where the
 * width reaches the field's and proves nothing.
 */
export function range(builder: GadgetBuilder, form: Form, width: number): void {
  const constant = constantOf(form);
  if (2n ** BigInt(width) >= builder.prime) return;
  if (constant !== undefined && constant >> BigInt(width) === 0n) return;
  if (constant !== undefined && builder.gate === undefined)
    throw unsatisfiable(`demands that the constant ${constant} fits ${width} bits`, placeOf(builder));
  const known = builder.bits.get(formKey(form));
  if (known !== undefined && known.length <= width) return;
  recordDecomposition(builder, checkedSignal(builder, form), width, 0);
}

/**
 * Proves: the form is an entry of a constant table (an id of builder.tables; see lookups/tables.ts).
 * Costs: 1 row (gated: 2), and the table's rows once for the whole program.
 */
export function lookUp(builder: GadgetBuilder, tableId: number, form: Form): void {
  const { gate, prime } = builder;
  if (gate === undefined) {
    recordLookup(builder, tableId, form);
    return;
  }
  const first = constantForm(prime, builder.tables?.list[tableId]?.entries[0] ?? 0n);
  const gated = product(builder, gate, subtractForms(prime, form, first));
  recordLookup(builder, tableId, addForms(prime, gated, first));
}

/**
 * Returns the form's bits, least significant first.
 * Proves: the bits are boolean and sum 2^i bit_i = form (gated: = gate * form).
 * Assumes: 2^width <= p, so that the decomposition is unique.
 * Costs: width rows without lookups, once for a form.
 */
export function toBits(builder: GadgetBuilder, form: Form, width: number): readonly Form[] {
  const constant = constantOf(form);
  if (constant !== undefined && constant >> BigInt(width) === 0n) {
    return Array.from({ length: width }, (_, bit) => ((constant >> BigInt(bit)) & 1n ? ONE_FORM : ZERO_FORM));
  }
  const key = formKey(form);
  const cached = builder.bits.get(key) ?? complementBits(builder, form, width);
  if (cached === undefined && constant === undefined && width > 0) {
    const bits = makeBits(builder, form, width);
    builder.bits.set(key, bits);
    return bits;
  }
  const known = cached ?? [];
  if (cached !== undefined && known.length <= width)
    return [...known, ...new Array<Form>(width - known.length).fill(ZERO_FORM)];
  range(builder, form, width);
  return Array.from({ length: width }, (_, bit) => known[bit] ?? ZERO_FORM);
}

/**
 * Bits of 2^width - 1 - x from those of x: Noir writes a | b as the complement of the AND of complements. Either fits
 * the width exactly when the other does.
 */
function complementBits(builder: GadgetBuilder, form: Form, width: number): readonly Form[] | undefined {
  const signal = signalOf(form);
  const complement = signal === undefined ? undefined : builder.complements.get(signal);
  if (signal === undefined || complement === undefined || builder.gate !== undefined) return undefined;
  const { other, sum } = complement;
  if (sum !== 2n ** BigInt(width) - 1n || sum >= builder.prime) return undefined;
  if (other > signal && builder.bits.get(formKey(signalForm(other)))?.length !== width) return undefined;
  const bits = toBits(builder, signalForm(other), width);
  return bits.map(bit => subtractForms(builder.prime, ONE_FORM, bit));
}

function makeBits(builder: GadgetBuilder, form: Form, width: number): readonly Form[] {
  const source = checkedSignal(builder, form);
  const bits = hint(builder, 'bits', [signalForm(source)], { size: width });
  recordDecomposition(builder, source, width, bits[0]?.signals[0] ?? 0);
  return bits;
}

/** Returns the signal that a check speaks of: the form itself, or gate * form, which is 0 when the call is off. */
export function checkedSignal(builder: GadgetBuilder, form: Form): number {
  const checked = builder.gate === undefined ? form : product(builder, builder.gate, form);
  return signalOf(checked) ?? signalOf(define(builder, checked)) ?? ONE_SIGNAL;
}

// Definitions: they hold for any inputs, and have one solution for each

/** Returns left * right. Proves: the result is the product. Costs: 1 row; 0 when constant or taken before. */
export function product(builder: GadgetBuilder, left: Form, right: Form): Form {
  const [leftConstant, rightConstant] = [constantOf(left), constantOf(right)];
  if (leftConstant !== undefined) return scaleForm(builder.prime, right, leftConstant);
  if (rightConstant !== undefined) return scaleForm(builder.prime, left, rightConstant);
  const key = [formKey(left), formKey(right)].sort().join(' * ');
  const known = builder.products.get(key);
  if (known !== undefined) return known;
  const [result = ZERO_FORM] = hint(builder, 'product', [left, right]);
  emitRow(builder, left, right, result);
  builder.products.set(key, result);
  return result;
}

/** Returns a single signal that equals the form. Costs: a linear row, once, and mostly simplified away. */
export function define(builder: GadgetBuilder, form: Form): Form {
  const key = formKey(form);
  const known = builder.defined.get(key);
  if (known !== undefined) return known;
  const [result = ZERO_FORM] = hint(builder, 'linear', [form]);
  emitRow(builder, ZERO_FORM, ZERO_FORM, subtractForms(builder.prime, form, result));
  builder.defined.set(key, result);
  return result;
}

/** Returns condition ? whenTrue : whenFalse. Assumes: condition is boolean. Costs: 1 row. */
export function select(builder: GadgetBuilder, condition: Form, whenTrue: Form, whenFalse: Form): Form {
  const difference = subtractForms(builder.prime, whenTrue, whenFalse);
  return addForms(builder.prime, whenFalse, product(builder, condition, difference));
}

/**
 * Returns 1 when the form is 0, else 0.
 * Proves: exactly that: form * inverse = 1 - zero and form * zero = 0 leave one value of `zero` for each form.
 * Costs: 2 rows.
 */
export function isZero(builder: GadgetBuilder, form: Form): Form {
  const constant = constantOf(form);
  if (constant !== undefined) return constant === 0n ? ONE_FORM : ZERO_FORM;
  const [inverse = ZERO_FORM] = hint(builder, 'inverse', [form]);
  const [nonZero = ZERO_FORM] = hint(builder, 'product', [form, inverse]);
  const zero = subtractForms(builder.prime, ONE_FORM, nonZero);
  emitRow(builder, form, inverse, nonZero);
  emitRow(builder, form, zero, ZERO_FORM);
  return zero;
}

/** Returns 1 when both forms are equal, else 0. Costs: 2 rows. */
export function isEqual(builder: GadgetBuilder, left: Form, right: Form): Form {
  return isZero(builder, subtractForms(builder.prime, left, right));
}

/** Returns sum 2^i bits[i]. Free. */
export function fromBits(builder: GadgetBuilder, bits: readonly Form[]): Form {
  const terms = bits.map((form, bit) => ({ form, factor: 1n << BigInt(bit) }));
  return combineForms(builder.prime, terms);
}
