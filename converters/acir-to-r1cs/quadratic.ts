/**
 * Writes a quadratic form sum c_ij x_i x_j as the fewest products of two linear forms.
 *
 * Noir multiplies out: (x - y)^2 arrives as three product terms, `y*(y - q)` as two. An AssertZero with k products costs
 * k rows, so the number of products is what an opcode costs.
 *
 * The signals that occur together fall into components. In each we take the better of two exact decompositions:
 * - *stars*: x * (c_1 y_1 + ... + c_n y_n) for a signal x of many terms; short forms;
 * - *Lagrange reduction* of the symmetric form: a pair (x, y) whose 2x2 block has a square discriminant splits off one
 *   product and leaves a form without x and y; a square term splits off one square. This reaches the form's rank.
 * Squares that remain pair up: d f^2 + e g^2 = d (f - u g)(f + u g) with u^2 = -e/d, where the root exists (in BN254's
 * scalar field -1 is a square, so a sum of n squares takes n/2 products).
 *
 * Soundness: every step subtracts a product from the form and ends at the zero form, so the products add up to the form
 * identically; the set of solutions does not change.
 */
import { InternalError } from '../../src/errors.ts';
import { invertOrZero, mod } from '../../src/field/index.ts';
import { addForms, type Form, formOfMap, scaleForm, signalForm, subtractForms } from './forms.ts';
import { squareRoot } from './square-root.ts';

/** coefficient * left * right. */
export interface ProductTerm {
  readonly left: number;
  readonly right: number;
  readonly coefficient: bigint;
}

/** A product of two linear forms. */
export interface FactoredProduct {
  readonly left: Form;
  readonly right: Form;
}

interface ScaledSquare {
  readonly factor: bigint;
  readonly root: Form;
}

interface Decomposition {
  readonly products: FactoredProduct[];
  readonly squares: ScaledSquare[];
}

/** c_ij by signal, stored under both i and j. */
type Matrix = Map<number, Map<number, bigint>>;

/** Components with more terms than this take stars only: the reduction fills in. */
const REDUCTION_TERMS_MAX = 2000;

/** Returns products whose sum is the form. Terms of equal signals add up; signals are never the constant one. */
export function factorProducts(prime: bigint, terms: readonly ProductTerm[]): FactoredProduct[] {
  const [first, second] = terms;
  if (first === undefined) return [];
  if (second === undefined) return singleProduct(prime, first);
  const matrix = createMatrix(prime, terms);
  const products: FactoredProduct[] = [];
  const squares: ScaledSquare[] = [];
  for (const component of componentsOf(matrix)) {
    const best = decompose(prime, component);
    products.push(...best.products);
    squares.push(...best.squares);
  }
  return [...products, ...pairSquares(prime, squares)];
}

/** Most opcodes have one product. */
function singleProduct(prime: bigint, { left, right, coefficient }: ProductTerm): FactoredProduct[] {
  const scaled = scaleForm(prime, signalForm(right), coefficient);
  return scaled.signals.length === 0 ? [] : [{ left: signalForm(left), right: scaled }];
}

function createMatrix(prime: bigint, terms: readonly ProductTerm[]): Matrix {
  const matrix: Matrix = new Map();
  for (const { left, right, coefficient } of terms) addEntry(matrix, prime, left, right, coefficient);
  return matrix;
}

function addEntry(matrix: Matrix, prime: bigint, i: number, j: number, value: bigint): void {
  const sum = mod((matrix.get(i)?.get(j) ?? 0n) + value, prime);
  setEntry(matrix, i, j, sum);
  if (i !== j) setEntry(matrix, j, i, sum);
}

function setEntry(matrix: Matrix, i: number, j: number, value: bigint): void {
  const row = matrix.get(i);
  if (value !== 0n) {
    if (row === undefined) matrix.set(i, new Map([[j, value]]));
    else row.set(j, value);
  } else if (row !== undefined) {
    row.delete(j);
    if (row.size === 0) matrix.delete(i);
  }
}

function componentsOf(matrix: Matrix): Matrix[] {
  const components: Matrix[] = [];
  const seen = new Set<number>();
  for (const start of matrix.keys()) {
    if (seen.has(start)) continue;
    const component: Matrix = new Map();
    const pending = [start];
    seen.add(start);
    for (let signal = pending.pop(); signal !== undefined; signal = pending.pop()) {
      const row = matrix.get(signal) ?? new Map<number, bigint>();
      component.set(signal, new Map(row));
      for (const neighbour of row.keys()) {
        if (seen.has(neighbour)) continue;
        seen.add(neighbour);
        pending.push(neighbour);
      }
    }
    components.push(component);
  }
  return components;
}

function decompose(prime: bigint, component: Matrix): Decomposition {
  const stars = coverByStars(prime, cloneMatrix(component));
  if (stars.products.length + stars.squares.length < 2) return stars;
  const termCount = [...component.values()].reduce((sum, row) => sum + row.size, 0);
  if (termCount > REDUCTION_TERMS_MAX) return stars;
  const reduced = reduce(prime, component);
  return weigh(reduced) < weigh(stars) ? reduced : stars;
}

/** Rows first (a square is half a row, for it may find a partner), then the length of the factors. */
function weigh({ products, squares }: Decomposition): number {
  const lengths = products.reduce(
    (sum, { left, right }) => sum + left.signals.length + right.signals.length,
    0,
  );
  const roots = squares.reduce((sum, { root }) => sum + root.signals.length, 0);
  return (products.length + squares.length / 2) * 1e6 + lengths + 2 * roots;
}

function cloneMatrix(matrix: Matrix): Matrix {
  return new Map([...matrix].map(([signal, row]) => [signal, new Map(row)]));
}

/** Takes the signal of most terms, with all its terms, until none is left. A lone square stays a square. */
function coverByStars(prime: bigint, matrix: Matrix): Decomposition {
  const result: Decomposition = { products: [], squares: [] };
  while (matrix.size > 0) {
    let hub = -1;
    let size = 0;
    for (const [signal, row] of matrix) {
      if (row.size > size) [hub, size] = [signal, row.size];
    }
    const row = new Map(matrix.get(hub));
    const square = row.get(hub);
    if (row.size === 1 && square !== undefined) {
      result.squares.push({ factor: square, root: signalForm(hub) });
    } else {
      result.products.push({ left: signalForm(hub), right: formOfMap(prime, row) });
    }
    for (const [signal, value] of row) addEntry(matrix, prime, hub, signal, -value);
  }
  return result;
}

/** Lagrange reduction with 1x1 and 2x2 pivots. */
function reduce(prime: bigint, matrix: Matrix): Decomposition {
  const result: Decomposition = { products: [], squares: [] };
  while (matrix.size > 0) {
    const pair = choosePair(prime, matrix);
    if (pair === undefined) splitSquare(prime, matrix, result);
    else splitPair(prime, matrix, result, pair);
  }
  return result;
}

interface Pair {
  readonly i: number;
  readonly j: number;
  /** A square root of c_ij^2 - 4 c_ii c_jj, not zero. */
  readonly root: bigint;
}

/** The pair with a square, non-zero discriminant that has the fewest neighbours. */
function choosePair(prime: bigint, matrix: Matrix): Pair | undefined {
  let best: Pair | undefined;
  let bestSize = Number.POSITIVE_INFINITY;
  for (const [i, row] of matrix) {
    for (const [j, value] of row) {
      const size = row.size * (matrix.get(j)?.size ?? 0);
      if (j <= i || size >= bestSize) continue;
      const root = squareRoot(value * value - 4n * entry(matrix, i, i) * entry(matrix, j, j), prime);
      if (root === undefined || root === 0n) continue;
      [best, bestSize] = [{ i, j, root }, size];
    }
  }
  return best;
}

function entry(matrix: Matrix, i: number, j: number): bigint {
  return matrix.get(i)?.get(j) ?? 0n;
}

/** Half the derivative by x_i: c_ii x_i + 1/2 sum c_ik x_k. */
function halfDerivative(prime: bigint, matrix: Matrix, i: number): Form {
  const half = (prime + 1n) / 2n;
  const row = [...(matrix.get(i) ?? [])].map(
    ([signal, value]) => [signal, signal === i ? value : value * half] as const,
  );
  return formOfMap(prime, new Map(row));
}

/**
 * With u, v the half derivatives by x_i, x_j and the block [[a, b/2], [b/2, c]], det = a c - b^2/4:
 * (c u^2 - b u v + a v^2) / det holds every term with x_i or x_j, and factors since b^2 - 4 a c is a square.
 */
function splitPair(prime: bigint, matrix: Matrix, result: Decomposition, { i, j, root }: Pair): void {
  const [a, b, c] = [entry(matrix, i, i), entry(matrix, i, j), entry(matrix, j, j)];
  const [u, v] = [halfDerivative(prime, matrix, i), halfDerivative(prime, matrix, j)];
  const scale = invertOrZero(-root * root * invertOrZero(4n, prime), prime);
  let left: Form;
  let right: Form;
  if (c === 0n) {
    left = v;
    right = subtractForms(prime, scaleForm(prime, v, a), scaleForm(prime, u, b));
  } else {
    const half = invertOrZero(2n * c, prime);
    left = subtractForms(prime, u, scaleForm(prime, v, (b + root) * half));
    right = scaleForm(prime, subtractForms(prime, u, scaleForm(prime, v, (b - root) * half)), c);
  }
  const product = tidy(prime, left, scaleForm(prime, right, scale));
  result.products.push(product);
  subtractProduct(prime, matrix, product);
  if (matrix.has(i) || matrix.has(j)) throw new InternalError('A pair of signals survived its reduction.');
}

/** Moves the left factor's leading coefficient to the right one. */
function tidy(prime: bigint, left: Form, right: Form): FactoredProduct {
  const leading = left.coefficients[0] ?? 1n;
  return {
    left: scaleForm(prime, left, invertOrZero(leading, prime)),
    right: scaleForm(prime, right, leading),
  };
}

function splitSquare(prime: bigint, matrix: Matrix, result: Decomposition): void {
  const [i] = [...matrix.keys()].filter(signal => entry(matrix, signal, signal) !== 0n);
  if (i === undefined) throw new InternalError('A quadratic form without squares has a pair to split.');
  const factor = entry(matrix, i, i);
  const root = scaleForm(prime, halfDerivative(prime, matrix, i), invertOrZero(factor, prime));
  result.squares.push({ factor, root });
  subtractProduct(prime, matrix, { left: scaleForm(prime, root, factor), right: root });
}

function subtractProduct(prime: bigint, matrix: Matrix, { left, right }: FactoredProduct): void {
  left.signals.forEach((i, m) => {
    right.signals.forEach((j, n) => {
      addEntry(matrix, prime, i, j, -(left.coefficients[m] ?? 0n) * (right.coefficients[n] ?? 0n));
    });
  });
}

/** Joins squares two by two where -e/d has a root; the others become products with themselves. */
function pairSquares(prime: bigint, squares: readonly ScaledSquare[]): FactoredProduct[] {
  const rest = [...squares];
  const products: FactoredProduct[] = [];
  for (let first = rest.shift(); first !== undefined; first = rest.shift()) {
    const { factor, root } = first;
    const partner = findPartner(prime, factor, rest);
    const scaled = scaleForm(prime, root, factor);
    if (partner === undefined) {
      products.push({ left: root, right: scaled });
    } else {
      const [other] = rest.splice(partner.index, 1);
      const shift = scaleForm(prime, other?.root ?? root, partner.ratio);
      products.push({
        left: addForms(prime, root, shift),
        right: scaleForm(prime, subtractForms(prime, root, shift), factor),
      });
    }
  }
  return products;
}

function findPartner(
  prime: bigint,
  factor: bigint,
  squares: readonly ScaledSquare[],
): { readonly index: number; readonly ratio: bigint } | undefined {
  const inverse = invertOrZero(factor, prime);
  const tried = new Set<bigint>();
  for (const [index, square] of squares.entries()) {
    if (tried.has(square.factor)) continue;
    tried.add(square.factor);
    const ratio = squareRoot(-square.factor * inverse, prime);
    if (ratio !== undefined) return { index, ratio };
  }
  return undefined;
}
