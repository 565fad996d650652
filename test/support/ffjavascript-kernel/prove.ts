/**
 * Groth16 proving (J. Groth 2016, section 3.2) with an iden3 `.zkey`.
 *
 *   A = alpha + sum w_i A_i + r delta
 *   B = beta + sum w_i B_i + s delta
 *   C = sum_private w_i C_i + sum_i p_i H_i + s A + r B - r s delta
 *
 * where p are the values of a*b - c on the odd 2N-th roots of unity: the even ones carry the constraints, where it
 * vanishes for a true witness. c is taken as a*b on the even ones; the caller has checked the witness.
 */

import {
  COEFFICIENT_BYTES,
  decodeG1,
  decodeG2,
  encodeG1,
  encodeG2,
  readZkey,
  readZkeyHeader,
  type Zkey,
} from '../../../converters/keys-to-iden3/index.ts';
import { writeBigint } from '../../../src/bytes/index.ts';
import { BionoirError, InternalError } from '../../../src/errors.ts';
import { invertOrZero, mod, BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import { randomScalar } from '../../../src/kernel/random.ts';
import type { Groth16Points, LoadedProvingKey, ProveOptions } from '../../../src/kernel/types.ts';
import { at, type Engine, type Task, TaskBuilder } from './engine.ts';
import { DOMAIN_BITS_MAX } from './lagrange.ts';
import {
  type ClassifiedScalars,
  classifyScalars,
  multiplySum,
  type SparsePoints,
  sparsePoints,
} from './multi-exp.ts';
import { FIELD_FUNCTIONS } from './wasm-field.ts';

const FIELD_BYTES = 32;
const JOIN_ELEMENTS_PER_TASK = 1 << 15;

/** A key laid out for proving. */
export interface WasmProvingKey extends LoadedProvingKey {
  readonly zkey: Zkey;
  readonly a: SparsePoints;
  readonly b1: SparsePoints;
  readonly b2: SparsePoints;
  readonly c: SparsePoints;
  readonly h: SparsePoints;
}

/**
 * Reads a key and drops its infinite points.
 *
 * @throws BionoirError MALFORMED_KEY, UNSUPPORTED_OPTION.
 */
export function layOutKey(bytes: Uint8Array): WasmProvingKey {
  const { domainSize } = readZkeyHeader(bytes);
  if (domainSize > 2 ** DOMAIN_BITS_MAX) {
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `The proving key (.zkey) has a domain of ${domainSize}; the WebAssembly kernel takes up to 2^${DOMAIN_BITS_MAX}. Use the native kernel.`,
      { details: { domainSize } },
    );
  }
  const zkey = readZkey(bytes);
  checkCoefficients(zkey);
  return {
    zkey,
    publicCount: zkey.publicCount,
    wireCount: zkey.wireCount,
    a: sparsePoints('g1m', zkey.a, 0),
    b1: sparsePoints('g1m', zkey.b1, 0),
    b2: sparsePoints('g2m', zkey.b2, 0),
    c: sparsePoints('g1m', zkey.c, zkey.publicCount + 1),
    h: sparsePoints('g1m', zkey.h, 0),
    release: () => {},
  };
}

function checkCoefficients({ coefficients, domainSize, wireCount }: Zkey): void {
  const view = new DataView(coefficients.buffer, coefficients.byteOffset, coefficients.length);
  for (let offset = 4, i = 0; offset < coefficients.length; offset += COEFFICIENT_BYTES, i++) {
    const matrix = view.getUint32(offset, true);
    const row = view.getUint32(offset + 4, true);
    const wire = view.getUint32(offset + 8, true);
    if (matrix <= 1 && row < domainSize && wire < wireCount) continue;
    throw new BionoirError(
      'MALFORMED_KEY',
      `Coefficient ${i} of the proving key (.zkey) is for matrix ${matrix}, row ${row}, wire ${wire}, which the key does not have. Is the file corrupt?`,
      { details: { index: i, matrix, row, wire } },
    );
  }
}

/** Makes a proof. `witness` has been checked by the caller. */
export async function proveGroth16(
  engine: Engine,
  key: WasmProvingKey,
  witness: Uint8Array,
  options: ProveOptions = {},
): Promise<Groth16Points> {
  const { curve } = engine;
  const scalars = classifyScalars(witness);
  // Started together, so that no thread waits for another step's last task.
  const [h, a, b1, b2, c] = await settleAll([
    evaluateQuotient(engine, key.zkey, witness, options).then(quotient =>
      multiplySum(engine, key.h, quotient, 'multiply H', options),
    ),
    multiplySum(engine, key.a, scalars, 'multiply A', options),
    multiplySum(engine, key.b1, scalars, 'multiply B1', options),
    multiplySum(engine, key.b2, scalars, 'multiply B2', options),
    multiplySum(engine, key.c, scalars, 'multiply C', options),
  ]);
  const blinding = options.blinding ?? { r: randomScalar(), s: randomScalar() };
  const [rBytes, sBytes] = [curve.Fr.e(blinding.r), curve.Fr.e(blinding.s)];
  const { G1, G2 } = curve;
  const delta1 = encodeG1(key.zkey.delta1);
  const proofA = sum(G1, a, encodeG1(key.zkey.alpha1), G1.timesFr(delta1, rBytes));
  const proofB1 = sum(G1, b1, encodeG1(key.zkey.beta1), G1.timesFr(delta1, sBytes));
  const proofB = sum(G2, b2, encodeG2(key.zkey.beta2), G2.timesFr(encodeG2(key.zkey.delta2), sBytes));
  const rs = curve.Fr.e(mod(-blinding.r * blinding.s, r));
  const proofC = sum(
    G1,
    c,
    h,
    G1.timesFr(proofA, sBytes),
    G1.timesFr(proofB1, rBytes),
    G1.timesFr(delta1, rs),
  );
  return {
    a: known(decodeG1(G1.toAffine(proofA))),
    b: known(decodeG2(G2.toAffine(proofB))),
    c: known(decodeG1(G1.toAffine(proofC))),
  };
}

/** The scalars of H. */
async function evaluateQuotient(
  engine: Engine,
  zkey: Zkey,
  witness: Uint8Array,
  options: ProveOptions,
): Promise<ClassifiedScalars> {
  const evaluations = await engine.run(
    [{ weight: 1, build: () => evaluateTask(engine, zkey, witness) }],
    'evaluate',
    options,
  );
  const even = evaluations[0] as Uint8Array[];
  const odd = await engine.run(
    even.map(values => ({ weight: 1, build: () => transformTask(engine, values) })),
    'transform',
    options,
  );
  const [a, b, c] = odd.map(([values]) => values) as [Uint8Array, Uint8Array, Uint8Array];
  return classifyScalars(await joinOdd(engine, [a, b, c], options));
}

/** a and b on the domain, and N * a * b: the transform below leaves N * a, N * b, and so N^2 * (a * b - c) in the end. */
function evaluateTask({ curve: { Fr } }: Engine, zkey: Zkey, witness: Uint8Array): TaskBuilder {
  const size = zkey.domainSize * FIELD_BYTES;
  const task = new TaskBuilder();
  const coefficients = task.input(zkey.coefficients.subarray(4));
  const wires = task.input(witness);
  const n = task.input(Fr.e(BigInt(zkey.domainSize)));
  const one = task.input(Fr.e(1n));
  const values = [task.reserve(size), task.reserve(size), task.reserve(size)] as const;
  const coefficientCount = (zkey.coefficients.length - 4) / COEFFICIENT_BYTES;
  task.call(
    'qap_buildABC',
    ...[at(coefficients), coefficientCount, at(wires), ...values.map(v => at(v))],
    ...[0, zkey.domainSize, 0, zkey.wireCount],
  );
  task.call('frm_batchApplyKey', at(values[2]), zkey.domainSize, at(n), at(one), at(values[2]));
  for (const variable of values) task.output(variable, size);
  return task;
}

/** From the N-th roots to the odd 2N-th roots, times N. */
function transformTask({ curve: { Fr } }: Engine, values: Uint8Array): TaskBuilder {
  const n = values.length / FIELD_BYTES;
  const task = new TaskBuilder();
  const vector = task.input(values);
  const root = task.input(Fr.w[Math.log2(n) + 1] as Uint8Array);
  const powers = task.reserve((n + 1) * FIELD_BYTES);
  task.call(FIELD_FUNCTIONS.powers, at(root), n, at(powers));
  task.call(FIELD_FUNCTIONS.toOddRoots, at(vector), n, at(powers));
  task.output(vector, values.length);
  return task;
}

/** (a * b - c) / N^2, elementwise, out of Montgomery form. */
async function joinOdd(
  engine: Engine,
  vectors: readonly [Uint8Array, Uint8Array, Uint8Array],
  options: ProveOptions,
): Promise<Uint8Array> {
  const chunk = JOIN_ELEMENTS_PER_TASK * FIELD_BYTES;
  const inverse = invertOrZero(BigInt(vectors[0].length / FIELD_BYTES) ** 2n % r, r);
  const tasks: Task[] = [];
  for (let offset = 0; offset < vectors[0].length; offset += chunk) {
    const parts = vectors.map(v => v.subarray(offset, offset + chunk));
    tasks.push({ weight: 1, build: () => joinTask(engine, parts, inverse) });
  }
  const out = new Uint8Array(vectors[0].length);
  const results = await engine.run(tasks, 'quotient', options);
  results.forEach(([bytes], i) => {
    out.set(bytes as Uint8Array, i * chunk);
  });
  return out;
}

function joinTask({ curve: { Fr } }: Engine, vectors: readonly Uint8Array[], inverse: bigint): TaskBuilder {
  const task = new TaskBuilder();
  const inputs = vectors.map(vector => task.input(vector));
  // A Montgomery product with a plain number also leaves Montgomery form.
  const plain = new Uint8Array(FIELD_BYTES);
  writeBigint(plain, 0, inverse, FIELD_BYTES);
  const factor = task.input(plain);
  const one = task.input(Fr.e(1n));
  const bytes = (vectors[0] as Uint8Array).length;
  const out = task.reserve(bytes);
  task.call('qap_joinABC', ...inputs.map(v => at(v)), bytes / FIELD_BYTES, at(out));
  task.call('frm_batchApplyKey', at(out), bytes / FIELD_BYTES, at(factor), at(one), at(out));
  task.output(out, bytes);
  return task;
}

/** Like Promise.all, but waits for all to end before it fails: nothing runs on after the call. */
async function settleAll<Values extends readonly unknown[]>(
  promises: readonly [...{ [I in keyof Values]: Promise<Values[I]> }],
): Promise<Values> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as unknown as Promise<Values>;
}

function sum(group: Engine['curve']['G1'], ...points: readonly Uint8Array[]): Uint8Array {
  return points.reduce((total, point) => group.add(total, point), group.zero);
}

function known<Point>(point: Point | undefined): Point {
  if (point === undefined) throw new InternalError('The WebAssembly kernel gave a non-canonical point.');
  return point;
}
