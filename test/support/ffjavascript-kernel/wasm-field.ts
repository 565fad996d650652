/**
 * Scalar-field functions that bionoir adds to ffjavascript's WebAssembly module: whole vectors and matrices a call.
 *
 * `frm_mul(x, y)` is the Montgomery product x * y / R, R = 2^256: of a plain value and one in Montgomery form it makes a
 * plain one.
 */
import type { WasmCode, WasmModuleBuilder } from 'ffjavascript';
import { addFunction } from './wasm-code.ts';

const FIELD_BYTES = 32;
/** matrix, constraint and wire, in front of each coefficient of a `.zkey`. */
const COEFFICIENT_PREFIX_BYTES = 12;

/** Names of the added functions. */
export const FIELD_FUNCTIONS = {
  accumulateRows: 'bionoir_accumulateRows',
  encodeCoefficients: 'bionoir_encodeCoefficients',
  powers: 'bionoir_powers',
  toOddRoots: 'bionoir_toOddRoots',
} as const;

/** Adds all functions. */
export function addFieldFunctions(module: WasmModuleBuilder): void {
  addAccumulateRow(module);
  addAccumulateRows(module);
  addEncodeCoefficients(module);
  addPowers(module);
  addToOddRoots(module);
}

/** One linear combination: sums[wire] += coefficient * factor over its terms. Returns the address after it. */
function addAccumulateRow(module: WasmModuleBuilder): void {
  const shape = {
    parameters: ['terms', 'factor', 'sums'],
    locals: ['n', 'sum'],
    returns: 'i32',
    internal: true,
  } as const;
  addFunction(module, 'bionoir_accumulateRow', shape, body => {
    const { c, get, set, constant, element, increase, countdown, scratch } = body;
    const product = scratch(FIELD_BYTES);
    return [
      set('n', c.i32_load(get('terms'))),
      increase('terms', 4),
      countdown(
        'n',
        c.call('frm_mul', c.i32_add(get('terms'), constant(4)), get('factor'), product),
        set('sum', element(get('sums'), c.i32_load(get('terms')), FIELD_BYTES)),
        c.call('frm_add', get('sum'), product, get('sum')),
        increase('terms', 4 + FIELD_BYTES),
      ),
      get('terms'),
    ];
  });
}

/**
 * accumulateRows(constraints as in section 2 of a `.r1cs`, rows, factors, sumsA, sumsB, sumsC): per row its factor
 * (Montgomery form) times each plain coefficient, added to the wire's plain sum. Wires must have been checked.
 */
function addAccumulateRows(module: WasmModuleBuilder): void {
  const shape = { parameters: ['terms', 'rows', 'factors', 'a', 'b', 'c'] };
  addFunction(module, FIELD_FUNCTIONS.accumulateRows, shape, ({ c, get, set, increase, countdown }) => {
    const row = (sums: string): WasmCode =>
      set('terms', c.call('bionoir_accumulateRow', get('terms'), get('factors'), get(sums)));
    return [countdown('rows', row('a'), row('b'), row('c'), increase('factors', FIELD_BYTES))];
  });
}

/**
 * encodeCoefficients(entries, n): multiplies each plain coefficient by R^2 in place, as section 4 of a `.zkey` has it, so
 * that one Montgomery product with a plain witness value gives a value in Montgomery form.
 */
function addEncodeCoefficients(module: WasmModuleBuilder): void {
  const shape = { parameters: ['entries', 'n'] };
  addFunction(
    module,
    FIELD_FUNCTIONS.encodeCoefficients,
    shape,
    ({ c, get, constant, increase, countdown }) => {
      const value = c.i32_add(get('entries'), constant(COEFFICIENT_PREFIX_BYTES));
      return [
        countdown(
          'n',
          c.call('frm_toMontgomery', value, value),
          c.call('frm_toMontgomery', value, value),
          increase('entries', COEFFICIENT_PREFIX_BYTES + FIELD_BYTES),
        ),
      ];
    },
  );
}

/** powers(base, n, out): out[i] = base^i for i = 0 .. n. */
function addPowers(module: WasmModuleBuilder): void {
  const shape = { parameters: ['base', 'n', 'out'] };
  addFunction(module, FIELD_FUNCTIONS.powers, shape, ({ c, get, constant, increase, countdown }) => [
    c.call('frm_one', get('out')),
    countdown(
      'n',
      c.call('frm_mul', get('out'), get('base'), c.i32_add(get('out'), constant(FIELD_BYTES))),
      increase('out', FIELD_BYTES),
    ),
  ]);
}

/**
 * toOddRoots(values, n, powers): from the values of a polynomial of degree below n on the n-th roots of unity to n times
 * its values on the odd 2n-th roots, in place; powers[k] = u^k for k = 0 .. n, u the primitive 2n-th root.
 *
 * A decimation-in-frequency transform with the roots' inverses, which leaves n times the coefficients in bit-reversed
 * order, then one in time that starts from that order. Inverse roots are u^(-2k) = -u^(n - 2k), hence the swapped
 * difference below. In time, halves of the polynomial are evaluated at the squares of u * w^j, where w is the n-th root:
 * the factor at half-length h is u^((2j + 1) * n / 2h). So neither shift, scaling nor permutation takes a pass.
 */
function addToOddRoots(module: WasmModuleBuilder): void {
  const shape = {
    parameters: ['values', 'n', 'powers'],
    locals: ['half', 'stride', 'j', 'left', 'right', 'block', 'factor'],
  };
  addFunction(module, FIELD_FUNCTIONS.toOddRoots, shape, body => {
    const { c, get, set, constant, element, increase, scratch, countdown } = body;
    const product = scratch(FIELD_BYTES);
    const bytes = (count: WasmCode): WasmCode => c.i32_mul(count, constant(FIELD_BYTES));
    /** For each block and each j below half: left and right are the butterfly's ends. stride is n / half. */
    const butterflies = (firstFactor: WasmCode, step: WasmCode, butterfly: WasmCode): WasmCode => [
      ...set('left', get('values')),
      ...set('block', c.i32_shr_u(get('stride'), constant(1))),
      ...countdown(
        'block',
        set('factor', firstFactor),
        set('j', get('half')),
        countdown(
          'j',
          set('right', element(get('left'), get('half'), FIELD_BYTES)),
          butterfly,
          increase('factor', step),
          increase('left', FIELD_BYTES),
        ),
        increase('left', bytes(get('half'))),
      ),
    ];
    const inFrequency = [
      ...c.call('frm_sub', get('right'), get('left'), product),
      ...c.call('frm_add', get('left'), get('right'), get('left')),
      ...c.call('frm_mul', product, get('factor'), get('right')),
    ];
    const inTime = [
      ...c.call('frm_mul', get('right'), get('factor'), product),
      ...c.call('frm_sub', get('left'), product, get('right')),
      ...c.call('frm_add', get('left'), product, get('left')),
    ];
    const down = c.i32_sub(constant(0), bytes(get('stride')));
    return [
      set('half', c.i32_shr_u(get('n'), constant(1))),
      set('stride', constant(2)),
      c.block(
        c.loop(
          c.br_if(1, c.i32_eqz(get('half'))),
          butterflies(element(get('powers'), get('n'), FIELD_BYTES), down, inFrequency),
          set('half', c.i32_shr_u(get('half'), constant(1))),
          set('stride', c.i32_shl(get('stride'), constant(1))),
          c.br(0),
        ),
      ),
      set('half', constant(1)),
      set('stride', get('n')),
      c.block(
        c.loop(
          c.br_if(1, c.i32_eq(get('half'), get('n'))),
          butterflies(
            c.i32_add(get('powers'), bytes(c.i32_shr_u(get('stride'), constant(1)))),
            bytes(get('stride')),
            inTime,
          ),
          set('half', c.i32_shl(get('half'), constant(1))),
          set('stride', c.i32_shr_u(get('stride'), constant(1))),
          c.br(0),
        ),
      ),
    ];
  });
}
