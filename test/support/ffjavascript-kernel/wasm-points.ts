/**
 * Curve functions that bionoir adds to ffjavascript's WebAssembly module: thousands of additions a call.
 *
 * Additions are affine, and many at a time share one inversion (Montgomery's trick): an addition costs five products and
 * a square, where a mixed Jacobian one costs seven and four. In two steps: `start` leaves x2 - x1 for all pairs, one
 * batch inversion inverts them, `finish` completes the sums. A difference of zero marks the pairs for which the formula
 * does not hold (an infinite point, doubling, opposite points); `finish` treats them by cases.
 */
import type { WasmCode, WasmModuleBuilder } from 'ffjavascript';
import { addFunction, type Body } from './wasm-code.ts';

/** wasmcurves' prefixes of the two groups. */
export type Group = 'g1m' | 'g2m';

/** Scalars of the fixed-base functions are padded so that a 32-bit load at their last bit stays inside. */
export const PADDED_SCALAR_BYTES = 36;

/** Bytes of a coordinate, of an affine point, of a Jacobian point. */
export const COORDINATE_BYTES: Readonly<Record<Group, number>> = { g1m: 32, g2m: 64 };
export const AFFINE_BYTES: Readonly<Record<Group, number>> = { g1m: 64, g2m: 128 };
export const JACOBIAN_BYTES: Readonly<Record<Group, number>> = { g1m: 96, g2m: 192 };

/** Scratch memory of a batch inversion of `count` coordinates: one more than there are. */
export function batchInversionBytes(group: Group, count: number): number {
  return (count + 1) * COORDINATE_BYTES[group];
}

/** The sign of a digit in the order of points that `buckets` takes. */
export const NEGATIVE_BIT = 0x80000000;

/** Names of the added functions. */
export const POINT_FUNCTIONS = {
  table: (group: Group): string => `bionoir_${group}_table`,
  fixedBase: (group: Group): string => `bionoir_${group}_fixedBase`,
  sum: (group: Group): string => `bionoir_${group}_sum`,
  buckets: (group: Group): string => `bionoir_${group}_buckets`,
} as const;

const start = (group: Group): string => `bionoir_${group}_startAddition`;
const finish = (group: Group): string => `bionoir_${group}_finishAddition`;
const fieldOf = (group: Group): string => (group === 'g1m' ? 'f1m' : 'f2m');

/** Adds all functions of one group. */
export function addPointFunctions(module: WasmModuleBuilder, group: Group): void {
  addStart(module, group);
  addFinish(module, group);
  addTable(module, group);
  addDigit(module, group);
  addFixedBase(module, group);
  addSum(module, group);
  addGather(module, group);
  addRound(module, group);
  addBuckets(module, group);
}

/** startAddition(left, right, difference): x of right - x of left; zero if either is infinite. */
function addStart(module: WasmModuleBuilder, group: Group): void {
  const field = fieldOf(group);
  const parameters = ['left', 'right', 'difference'];
  addFunction(module, start(group), { parameters, internal: true }, ({ c, get }) => [
    c.if(
      c.i32_or(c.call(`${group}_isZeroAffine`, get('left')), c.call(`${group}_isZeroAffine`, get('right'))),
      c.call(`${field}_zero`, get('difference')),
      c.call(`${field}_sub`, get('right'), get('left'), get('difference')),
    ),
  ]);
}

/** finishAddition(left, right, inverse of the difference, out): out = left + right. out may be left. */
function addFinish(module: WasmModuleBuilder, group: Group): void {
  const field = fieldOf(group);
  const size = COORDINATE_BYTES[group];
  const parameters = ['left', 'right', 'inverse', 'out'];
  addFunction(module, finish(group), { parameters, internal: true }, ({ c, get, constant, scratch }) => {
    const [slope, x, y] = [scratch(size), scratch(size), scratch(size)];
    const jacobian = scratch(JACOBIAN_BYTES[group]);
    const yOf = (point: string): WasmCode => c.i32_add(get(point), constant(size));
    const special = [
      ...c.call(`${group}_toJacobian`, get('left'), jacobian),
      ...c.call(`${group}_addMixed`, jacobian, get('right'), jacobian),
      ...c.call(`${group}_toAffine`, jacobian, get('out')),
    ];
    const usual = [
      ...c.call(`${field}_sub`, yOf('right'), yOf('left'), slope),
      ...c.call(`${field}_mul`, slope, get('inverse'), slope),
      ...c.call(`${field}_square`, slope, x),
      ...c.call(`${field}_sub`, x, get('left'), x),
      ...c.call(`${field}_sub`, x, get('right'), x),
      ...c.call(`${field}_sub`, get('left'), x, y),
      ...c.call(`${field}_mul`, y, slope, y),
      ...c.call(`${field}_sub`, y, yOf('left'), yOf('out')),
      ...c.call(`${field}_copy`, x, get('out')),
    ];
    // The first addition to each accumulator: as frequent as all others together when scalars are small.
    const copied = c.call(`${group}_copyAffine`, get('right'), get('out'));
    return [
      c.if(
        c.call(`${field}_isZero`, get('inverse')),
        c.if(c.call(`${group}_isZeroAffine`, get('left')), copied, special),
        usual,
      ),
    ];
  });
}

/**
 * table(base affine, windowBits, windows, out Jacobian): out[w][d - 1] = d * 2^(w * windowBits) * base
 * for d = 1 .. 2^windowBits - 1.
 */
function addTable(module: WasmModuleBuilder, group: Group): void {
  const shape = { parameters: ['base', 'windowBits', 'windows', 'out'], locals: ['i'] };
  const step = JACOBIAN_BYTES[group];
  addFunction(module, POINT_FUNCTIONS.table(group), shape, body => {
    const { c, get, set, constant, increase, countdown, scratch } = body;
    const affine = scratch(AFFINE_BYTES[group]);
    const jacobian = scratch(step);
    return [
      c.call(`${group}_toJacobian`, get('base'), jacobian),
      countdown(
        'windows',
        c.call(`${group}_toAffine`, jacobian, affine),
        c.call(`${group}_copy`, jacobian, get('out')),
        set('i', c.i32_sub(c.i32_shl(constant(1), get('windowBits')), constant(2))),
        countdown(
          'i',
          c.call(`${group}_addMixed`, get('out'), affine, c.i32_add(get('out'), constant(step))),
          increase('out', step),
        ),
        c.call(`${group}_addMixed`, get('out'), affine, jacobian),
        increase('out', step),
      ),
    ];
  });
}

/** digit(scalar, bit, mask): the window of the scalar at that bit. */
function addDigit(module: WasmModuleBuilder, group: Group): void {
  const shape = { parameters: ['scalar', 'bit', 'mask'], returns: 'i32', internal: true } as const;
  addFunction(module, digit(group), shape, ({ c, get, constant }) => [
    c.i32_and(
      c.i32_shr_u(
        c.i32_load(c.i32_add(get('scalar'), c.i32_shr_u(get('bit'), constant(3))), 0, 0),
        c.i32_and(get('bit'), constant(7)),
      ),
      get('mask'),
    ),
  ]);
}

const digit = (group: Group): string => `bionoir_${group}_digit`;

/**
 * fixedBase(padded scalars, n, affine table, windowBits, windows, out affine, n differences): out[i] = scalar[i] * base,
 * window by window for all i together.
 */
function addFixedBase(module: WasmModuleBuilder, group: Group): void {
  const shape = {
    parameters: ['scalars', 'n', 'table', 'windowBits', 'windows', 'out', 'differences'],
    locals: ['bit', 'i', 'digit', 'mask', 'accumulator', 'difference', 'entry'],
  };
  const field = fieldOf(group);
  const coordinate = constantOf(COORDINATE_BYTES[group]);
  addFunction(module, POINT_FUNCTIONS.fixedBase(group), shape, body => {
    const { c, get, set, constant, increase, countdown, upTo } = body;
    const forAll = (forDigit: WasmCode, forZero: WasmCode): WasmCode =>
      upTo('i', get('n'), locate(body, group), c.if(get('digit'), forDigit, forZero));
    return [
      set('mask', c.i32_sub(c.i32_shl(constant(1), get('windowBits')), constant(1))),
      upTo(
        'i',
        get('n'),
        c.call(`${group}_zeroAffine`, body.element(get('out'), get('i'), AFFINE_BYTES[group])),
      ),
      countdown(
        'windows',
        forAll(
          c.call(start(group), get('accumulator'), get('entry'), get('difference')),
          c.call(`${field}_zero`, get('difference')),
        ),
        c.call(
          `${field}_batchInverse`,
          ...[get('differences'), coordinate(body), get('n'), get('differences'), coordinate(body)],
        ),
        forAll(
          c.call(finish(group), get('accumulator'), get('entry'), get('difference'), get('accumulator')),
          [],
        ),
        increase('bit', get('windowBits')),
        increase('table', c.i32_mul(get('mask'), constant(AFFINE_BYTES[group]))),
      ),
    ];
  });
}

/** Sets digit, accumulator, difference and entry of scalar i in the present window of `fixedBase`. */
function locate({ c, get, set, constant, element }: Body, group: Group): WasmCode {
  const scalar = element(get('scalars'), get('i'), PADDED_SCALAR_BYTES);
  return [
    ...set('digit', c.call(digit(group), scalar, get('bit'), get('mask'))),
    ...set('accumulator', element(get('out'), get('i'), AFFINE_BYTES[group])),
    ...set('difference', element(get('differences'), get('i'), COORDINATE_BYTES[group])),
    ...set('entry', element(get('table'), c.i32_sub(get('digit'), constant(1)), AFFINE_BYTES[group])),
  ];
}

const constantOf =
  (value: number) =>
  ({ constant }: Body): WasmCode =>
    constant(value);

/** sum(affine points, n, out Jacobian): out = the sum of the points. */
function addSum(module: WasmModuleBuilder, group: Group): void {
  const shape = { parameters: ['points', 'n', 'out'] };
  addFunction(module, POINT_FUNCTIONS.sum(group), shape, ({ c, get, increase, countdown }) => [
    c.call(`${group}_zero`, get('out')),
    countdown(
      'n',
      c.call(`${group}_addMixed`, get('out'), get('points'), get('out')),
      increase('points', AFFINE_BYTES[group]),
    ),
  ]);
}

const gather = (group: Group): string => `bionoir_${group}_gather`;

/** gather(points, order, n, out): out[k] = points[order[k]], negated where the order's top bit is set. */
function addGather(module: WasmModuleBuilder, group: Group): void {
  const shape = {
    parameters: ['points', 'order', 'n', 'out'],
    locals: ['index', 'point'],
    internal: true,
  } as const;
  const size = AFFINE_BYTES[group];
  addFunction(module, gather(group), shape, ({ c, get, set, constant, element, increase, countdown }) => [
    countdown(
      'n',
      set('index', c.i32_load(get('order'))),
      set('point', element(get('points'), c.i32_and(get('index'), constant(0x7fffffff)), size)),
      c.if(
        c.i32_shr_u(get('index'), constant(31)),
        c.call(`${group}_negAffine`, get('point'), get('out')),
        c.call(`${group}_copyAffine`, get('point'), get('out')),
      ),
      increase('order', 4),
      increase('out', size),
    ),
  ]);
}

const round = (group: Group): string => `bionoir_${group}_round`;

/**
 * round(counts, buckets, points, differences): adds the points of each bucket in pairs and closes the gaps; counts are
 * halved, rounding up. Returns how many pairs there were.
 */
function addRound(module: WasmModuleBuilder, group: Group): void {
  const shape = {
    parameters: ['counts', 'buckets', 'points', 'differences'],
    locals: ['b', 'pairs', 'odd', 'total', 'read', 'write', 'difference'],
    returns: 'i32',
    internal: true,
  } as const;
  const size = AFFINE_BYTES[group];
  const coordinate = COORDINATE_BYTES[group];
  addFunction(module, round(group), shape, body => {
    const { c, get, set, constant, element, increase, countdown, upTo } = body;
    const count = element(get('counts'), get('b'), 4);
    const next = c.i32_add(get('read'), constant(size));
    const split = [
      ...set('pairs', c.i32_shr_u(c.i32_load(count), constant(1))),
      ...set('odd', c.i32_and(c.i32_load(count), constant(1))),
    ];
    return [
      set('read', get('points')),
      set('difference', get('differences')),
      upTo(
        'b',
        get('buckets'),
        split,
        increase('total', get('pairs')),
        countdown(
          'pairs',
          c.call(start(group), get('read'), next, get('difference')),
          increase('read', 2 * size),
          increase('difference', coordinate),
        ),
        increase('read', c.i32_mul(get('odd'), constant(size))),
      ),
      c.if(
        get('total'),
        c.call(
          `${fieldOf(group)}_batchInverse`,
          ...[
            get('differences'),
            constant(coordinate),
            get('total'),
            get('differences'),
            constant(coordinate),
          ],
        ),
      ),
      set('read', get('points')),
      set('write', get('points')),
      set('difference', get('differences')),
      upTo(
        'b',
        get('buckets'),
        split,
        c.i32_store(count, c.i32_add(get('pairs'), get('odd'))),
        countdown(
          'pairs',
          c.call(finish(group), get('read'), next, get('difference'), get('write')),
          increase('read', 2 * size),
          increase('write', size),
          increase('difference', coordinate),
        ),
        c.if(get('odd'), [
          ...c.call(`${group}_copyAffine`, get('read'), get('write')),
          ...increase('read', size),
          ...increase('write', size),
        ]),
      ),
      get('total'),
    ];
  });
}

/**
 * buckets(points, order, n, counts, buckets, room for n points, room for n / 2 differences, out Jacobian):
 * out = sum_b (b + 1) * (sum of the points of bucket b), where `order` lists the points of bucket 0, of bucket 1, ...
 * Overwrites counts.
 */
function addBuckets(module: WasmModuleBuilder, group: Group): void {
  const shape = {
    parameters: ['points', 'order', 'n', 'counts', 'buckets', 'room', 'differences', 'out'],
    locals: ['b', 'left'],
  };
  addFunction(module, POINT_FUNCTIONS.buckets(group), shape, body => {
    const { c, get, set, constant, element, increase, countdown, upTo, scratch } = body;
    const running = scratch(JACOBIAN_BYTES[group]);
    const size = AFFINE_BYTES[group];
    return [
      c.call(gather(group), get('points'), get('order'), get('n'), get('room')),
      c.block(
        c.loop(
          c.br_if(
            1,
            c.i32_eqz(c.call(round(group), get('counts'), get('buckets'), get('room'), get('differences'))),
          ),
          c.br(0),
        ),
      ),
      // Each bucket is one point or none now. From the top, running sums count bucket b exactly b + 1 times.
      upTo('b', get('buckets'), increase('left', c.i32_load(element(get('counts'), get('b'), 4)))),
      c.call(`${group}_zero`, running),
      c.call(`${group}_zero`, get('out')),
      set('b', get('buckets')),
      countdown(
        'b',
        c.if(c.i32_load(element(get('counts'), c.i32_sub(get('b'), constant(1)), 4)), [
          ...increase('left', -1),
          ...c.call(`${group}_addMixed`, running, element(get('room'), get('left'), size), running),
        ]),
        c.call(`${group}_add`, get('out'), running, get('out')),
      ),
    ];
  });
}
