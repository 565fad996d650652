/**
 * Functions that bionoir adds to ffjavascript's WebAssembly module, so that a worker is called once for thousands of
 * points or terms instead of once for each.
 *
 * Each is a loop over functions the module already has (wasmcurves' `g1m_addMixed`, `frm_mul` ...). Addresses and counts
 * are i32. `frm_mul(x, y)` is the Montgomery product x*y/R, R = 2^256.
 */
import type { WasmCode, WasmCodeBuilder, WasmModuleBuilder } from 'ffjavascript';

/** Scalars of the fixed-base functions are padded so that a 32-bit load at their last bit stays inside. */
export const PADDED_SCALAR_BYTES = 36;

const FIELD_BYTES = 32;
/** matrix, constraint and wire, in front of each coefficient of a `.zkey`. */
const COEFFICIENT_PREFIX_BYTES = 12;

/** Names of the added functions. */
export const FUNCTIONS = {
  table: (group: Group): string => `bionoir_${group}_table`,
  fixedBase: (group: Group): string => `bionoir_${group}_fixedBase`,
  sum: (group: Group): string => `bionoir_${group}_sum`,
  accumulateRows: 'bionoir_accumulateRows',
  encodeCoefficients: 'bionoir_encodeCoefficients',
} as const;

/** wasmcurves' prefixes of the two groups. */
export type Group = 'g1m' | 'g2m';

/** Bytes of an affine point; a Jacobian one has half as much again. */
export const AFFINE_BYTES: Readonly<Record<Group, number>> = { g1m: 64, g2m: 128 };
export const JACOBIAN_BYTES: Readonly<Record<Group, number>> = { g1m: 96, g2m: 192 };

/** The plug-in that ffjavascript calls while it builds its module. */
export function addFunctions(module: WasmModuleBuilder): void {
  for (const group of ['g1m', 'g2m'] as const) {
    addTable(module, group);
    addFixedBase(module, group);
    addSum(module, group);
  }
  addAccumulateRow(module);
  addAccumulateRows(module);
  addEncodeCoefficients(module);
}

/**
 * table(base affine, windowBits, windowCount, out Jacobian): out[w][d - 1] = d * 2^(w * windowBits) * base
 * for d = 1 .. 2^windowBits - 1.
 */
function addTable(module: WasmModuleBuilder, group: Group): void {
  const f = module.addFunction(FUNCTIONS.table(group));
  for (const name of ['pBase', 'windowBits', 'windows', 'pOut']) f.addParam(name, 'i32');
  for (const name of ['entries', 'i']) f.addLocal(name, 'i32');
  const c = f.getCodeBuilder();
  const step = JACOBIAN_BYTES[group];
  const affine = c.i32_const(module.alloc(AFFINE_BYTES[group]));
  const jacobian = c.i32_const(module.alloc(step));
  const out = c.getLocal('pOut');
  f.addCode(
    c.call(`${group}_toJacobian`, c.getLocal('pBase'), jacobian),
    countdown(c, 'windows', [
      c.call(`${group}_toAffine`, jacobian, affine),
      c.call(`${group}_copy`, jacobian, out),
      c.setLocal('i', c.i32_sub(c.i32_shl(c.i32_const(1), c.getLocal('windowBits')), c.i32_const(2))),
      countdown(c, 'i', [
        c.call(`${group}_addMixed`, out, affine, c.i32_add(out, c.i32_const(step))),
        increase(c, 'pOut', step),
      ]),
      c.call(`${group}_addMixed`, out, affine, jacobian),
      increase(c, 'pOut', step),
    ]),
  );
  module.exportFunction(FUNCTIONS.table(group));
}

/** fixedBase(padded scalars, n, affine table, windowBits, windowCount, out Jacobian): out[i] = scalar[i] * base. */
function addFixedBase(module: WasmModuleBuilder, group: Group): void {
  const f = module.addFunction(FUNCTIONS.fixedBase(group));
  for (const name of ['pScalars', 'n', 'pTable', 'windowBits', 'windows', 'pOut']) f.addParam(name, 'i32');
  for (const name of ['bit', 'i', 'digit', 'pWindow', 'mask']) f.addLocal(name, 'i32');
  const c = f.getCodeBuilder();
  const point = c.i32_const(AFFINE_BYTES[group]);
  const word = c.i32_load(
    c.i32_add(c.getLocal('pScalars'), c.i32_shr_u(c.getLocal('bit'), c.i32_const(3))),
    0,
    0,
  );
  const entry = c.i32_add(
    c.getLocal('pWindow'),
    c.i32_mul(c.i32_sub(c.getLocal('digit'), c.i32_const(1)), point),
  );
  f.addCode(
    c.setLocal('mask', c.i32_sub(c.i32_shl(c.i32_const(1), c.getLocal('windowBits')), c.i32_const(1))),
    countdown(c, 'n', [
      c.call(`${group}_zero`, c.getLocal('pOut')),
      c.setLocal('bit', c.i32_const(0)),
      c.setLocal('pWindow', c.getLocal('pTable')),
      c.setLocal('i', c.getLocal('windows')),
      countdown(c, 'i', [
        c.setLocal(
          'digit',
          c.i32_and(c.i32_shr_u(word, c.i32_and(c.getLocal('bit'), c.i32_const(7))), c.getLocal('mask')),
        ),
        c.if(c.getLocal('digit'), c.call(`${group}_addMixed`, c.getLocal('pOut'), entry, c.getLocal('pOut'))),
        c.setLocal('bit', c.i32_add(c.getLocal('bit'), c.getLocal('windowBits'))),
        c.setLocal('pWindow', c.i32_add(c.getLocal('pWindow'), c.i32_mul(c.getLocal('mask'), point))),
      ]),
      increase(c, 'pScalars', PADDED_SCALAR_BYTES),
      increase(c, 'pOut', JACOBIAN_BYTES[group]),
    ]),
  );
  module.exportFunction(FUNCTIONS.fixedBase(group));
}

/** sum(affine points, n, out Jacobian): out = the sum of the points. */
function addSum(module: WasmModuleBuilder, group: Group): void {
  const f = module.addFunction(FUNCTIONS.sum(group));
  for (const name of ['pPoints', 'n', 'pOut']) f.addParam(name, 'i32');
  const c = f.getCodeBuilder();
  f.addCode(
    c.call(`${group}_zero`, c.getLocal('pOut')),
    countdown(c, 'n', [
      c.call(`${group}_addMixed`, c.getLocal('pOut'), c.getLocal('pPoints'), c.getLocal('pOut')),
      increase(c, 'pPoints', AFFINE_BYTES[group]),
    ]),
  );
  module.exportFunction(FUNCTIONS.sum(group));
}

/** One linear combination: sums[wire] += coefficient * factor over its terms; leaves the address after it. */
function addAccumulateRow(module: WasmModuleBuilder): void {
  const f = module.addFunction('bionoir_accumulateRow');
  for (const name of ['pTerms', 'pFactor', 'pSums']) f.addParam(name, 'i32');
  for (const name of ['n', 'pSum']) f.addLocal(name, 'i32');
  f.setReturnType('i32');
  const c = f.getCodeBuilder();
  const product = c.i32_const(module.alloc(FIELD_BYTES));
  f.addCode(
    c.setLocal('n', c.i32_load(c.getLocal('pTerms'))),
    increase(c, 'pTerms', 4),
    countdown(c, 'n', [
      c.call('frm_mul', c.i32_add(c.getLocal('pTerms'), c.i32_const(4)), c.getLocal('pFactor'), product),
      c.setLocal(
        'pSum',
        c.i32_add(c.getLocal('pSums'), c.i32_mul(c.i32_load(c.getLocal('pTerms')), c.i32_const(FIELD_BYTES))),
      ),
      c.call('frm_add', c.getLocal('pSum'), product, c.getLocal('pSum')),
      increase(c, 'pTerms', 4 + FIELD_BYTES),
    ]),
    c.getLocal('pTerms'),
  );
}

/**
 * accumulateRows(constraints as in section 2 of a `.r1cs`, rowCount, factors, sumsA, sumsB, sumsC): per row its factor
 * (Montgomery form) times each plain coefficient, added to the wire's plain sum. Wires must have been checked.
 */
function addAccumulateRows(module: WasmModuleBuilder): void {
  const f = module.addFunction(FUNCTIONS.accumulateRows);
  for (const name of ['pTerms', 'rows', 'pFactors', 'pA', 'pB', 'pC']) f.addParam(name, 'i32');
  const c = f.getCodeBuilder();
  const row = (sums: string): WasmCode =>
    c.setLocal(
      'pTerms',
      c.call('bionoir_accumulateRow', c.getLocal('pTerms'), c.getLocal('pFactors'), c.getLocal(sums)),
    );
  f.addCode(countdown(c, 'rows', [row('pA'), row('pB'), row('pC'), increase(c, 'pFactors', FIELD_BYTES)]));
  module.exportFunction(FUNCTIONS.accumulateRows);
}

/**
 * encodeCoefficients(entries, n): multiplies each plain coefficient by R^2 in place, as section 4 of a `.zkey` has it, so
 * that one Montgomery product with a plain witness value gives a value in Montgomery form.
 */
function addEncodeCoefficients(module: WasmModuleBuilder): void {
  const f = module.addFunction(FUNCTIONS.encodeCoefficients);
  for (const name of ['pEntries', 'n']) f.addParam(name, 'i32');
  const c = f.getCodeBuilder();
  const value = c.i32_add(c.getLocal('pEntries'), c.i32_const(COEFFICIENT_PREFIX_BYTES));
  f.addCode(
    countdown(c, 'n', [
      c.call('frm_toMontgomery', value, value),
      c.call('frm_toMontgomery', value, value),
      increase(c, 'pEntries', COEFFICIENT_PREFIX_BYTES + FIELD_BYTES),
    ]),
  );
  module.exportFunction(FUNCTIONS.encodeCoefficients);
}

/** while (counter != 0) { body; counter-- } */
function countdown(c: WasmCodeBuilder, counter: string, body: readonly WasmCode[]): WasmCode {
  return c.block(
    c.loop(
      c.br_if(1, c.i32_eqz(c.getLocal(counter))),
      body.flat(),
      c.setLocal(counter, c.i32_sub(c.getLocal(counter), c.i32_const(1))),
      c.br(0),
    ),
  );
}

function increase(c: WasmCodeBuilder, pointer: string, by: number): WasmCode {
  return c.setLocal(pointer, c.i32_add(c.getLocal(pointer), c.i32_const(by)));
}
