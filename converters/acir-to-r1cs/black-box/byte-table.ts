/**
 * A function of eight bits by its table, in 23 rows and however many bits its values have.
 *
 *     low nibble       the 16 products of subsets of its bits (11 rows) make every function of it a free linear form
 *     next two bits    y(a, b) = y0 + a y1 + b y2 + ab y3 with functions y_i of the low nibble: 2 rows for each of four
 *                      groups, and ab once
 *     upper two bits   three selections
 *
 * Two rows suffice for three products since (a + y2)(b + y1) = a y1 + b y2 + ab + y1 y2, where y1 y2 is a function of the
 * low nibble too, hence free.
 */
import type { GadgetBuilder } from '../builder.ts';
import { addForms, combineForms, type Form, ONE_FORM, subtractForms, ZERO_FORM } from '../forms.ts';
import { product, select } from '../gadgets.ts';
import type { Bits } from './bits.ts';

/**
 * Returns table[sum 2^i bits[i]]. Assumes: eight boolean bits, 256 values.
 * Costs: 23 rows, less where bits are constant.
 */
export function lookUpByte(builder: GadgetBuilder, bits: Bits, table: readonly number[]): Form {
  const nibble = subsetProducts(builder, bits.slice(0, 4));
  const [a = ZERO_FORM, b = ZERO_FORM, c = ZERO_FORM, d = ZERO_FORM] = bits.slice(4);
  const both = product(builder, a, b);
  const [first, second, third, fourth] = [0, 64, 128, 192].map(start => {
    const columns = [0, 16, 32, 48].map(offset => table.slice(start + offset, start + offset + 16));
    return lookUpGroup(builder, { nibble, a, b, both }, columns);
  }) as [Form, Form, Form, Form]; // four groups
  return select(builder, d, select(builder, c, fourth, third), select(builder, c, second, first));
}

interface GroupIndex {
  readonly nibble: readonly Form[];
  readonly a: Form;
  readonly b: Form;
  readonly both: Form;
}

/** Returns columns[a + 2b][nibble]. Costs: 2 rows. */
function lookUpGroup(
  builder: GadgetBuilder,
  { nibble, a, b, both }: GroupIndex,
  columns: readonly (readonly number[])[],
): Form {
  const { prime } = builder;
  const [at0 = [], at1 = [], at2 = [], at3 = []] = columns;
  const slopeA = at0.map((value, index) => (at1[index] ?? 0) - value);
  const slopeB = at0.map((value, index) => (at2[index] ?? 0) - value);
  const mixed = at0.map((value, index) => (at3[index] ?? 0) - (at1[index] ?? 0) - (at2[index] ?? 0) + value);
  const form = (values: readonly number[]): Form => functionOf(builder, nibble, values);
  const crossed = product(builder, addForms(prime, a, form(slopeB)), addForms(prime, b, form(slopeA)));
  const known = slopeA.map((value, index) => (at0[index] ?? 0) - value * (slopeB[index] ?? 0));
  const rest = product(builder, both, subtractForms(prime, form(mixed), ONE_FORM));
  return addForms(prime, crossed, form(known), rest);
}

/** Returns the product of every subset of the bits, by the subset's mask. Costs: 2^n - n - 1 rows. */
function subsetProducts(builder: GadgetBuilder, bits: Bits): Form[] {
  let products: Form[] = [ONE_FORM];
  for (const bit of bits) products = [...products, ...products.map(other => product(builder, other, bit))];
  return products;
}

/** Returns values[sum 2^i bits[i]] as a form: its multilinear coefficients are alternating sums over subsets. Free. */
function functionOf(builder: GadgetBuilder, products: readonly Form[], values: readonly number[]): Form {
  const coefficients = [...values];
  for (let step = 1; step < coefficients.length; step *= 2) {
    for (let mask = 0; mask < coefficients.length; mask++) {
      if (mask & step) coefficients[mask] = (coefficients[mask] ?? 0) - (coefficients[mask ^ step] ?? 0);
    }
  }
  return combineForms(
    builder.prime,
    products.map((form, mask) => ({ form, factor: BigInt(coefficients[mask] ?? 0) })),
  );
}
