/**
 * Groth16 set-up from known secrets (J. Groth, "On the Size of Pairing-Based Non-interactive Arguments", 2016, section
 * 3.2), in the layout of an iden3 `.zkey`: the polynomials are evaluated at tau in the scalar field, then each point is
 * one fixed-base multiplication.
 *
 * As snarkjs has it: gamma = 1; the domain has N points, the least power of two above constraints + public wires; each
 * public wire s gets a row A = s, B = C = 0 after the constraints; H_i = L_{2i+1}(tau) / delta over the domain of 2N.
 */

import {
  decodeG1,
  decodeG2,
  G1_BYTES,
  G2_BYTES,
  writeZkey,
} from '../../../converters/keys-to-iden3/index.ts';
import { type R1csFile, readR1csFile } from '../../../converters/r1cs-to-iden3/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import { invertOrZero, BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import type { G1Point, G2Point, KernelCallOptions, ToxicWaste } from '../../../src/kernel/types.ts';
import type { Engine } from './engine.ts';
import { buildTable, type FixedBaseTable, multiplyGenerator } from './fixed-base.ts';
import { DOMAIN_BITS_MAX, evaluateLagrange } from './lagrange.ts';
import { developmentRecord, emptyRecord } from './record.ts';
import { encodeKeyCoefficients, evaluateRows, scanRows } from './rows.ts';

/** The polynomials of each wire at tau; sections of the key as scalars. */
interface Exponents {
  readonly a: bigint[];
  readonly b: bigint[];
  readonly ic: bigint[];
  readonly c: bigint[];
  readonly h: bigint[];
}

/** Options of {@link setupFromSecrets}. */
export interface SetupOptions extends KernelCallOptions {
  /** Makes section 10 such that `snarkjs zkey verify` can check the key; costs about 40 % more time. */
  readonly record?: boolean;
}

/**
 * Makes the `.zkey` of the circuit in `r1cs`.
 *
 * @throws BionoirError MALFORMED_R1CS, UNSAFE_KEY, ABORTED.
 */
export async function setupFromSecrets(
  engine: Engine,
  r1cs: Uint8Array,
  secrets: ToxicWaste,
  options: SetupOptions = {},
): Promise<Uint8Array> {
  checkSecrets(secrets);
  const file = readR1csFile(r1cs);
  if (file.prime !== r) throw otherField(file.prime);
  if (file.rounds) {
    throw new BionoirError(
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) has rounds, so UltraGroth proves it: Groth16 would let the prover choose the challenges. Lower the program without lookups.',
    );
  }
  const publicCount = file.publicOutputCount + file.publicInputCount;
  const domainBits = domainBitsFor(file.constraintCount, publicCount);
  const rows = scanRows(file);
  options.onProgress?.('polynomials', 0);
  const exponents = await evaluateExponents(engine, file, rows, {
    secrets,
    domainBits,
    publicCount,
    options,
  });
  const coefficients = await encodeKeyCoefficients(engine, file, rows, publicCount, options);
  const table = await buildTable(engine, 'g1m', file.wireCount * 3 + 2 ** domainBits);
  const points = await makePoints(engine, table, exponents, { secrets, options });
  const counts = { wireCount: file.wireCount, publicCount, domainSize: 2 ** domainBits };
  const key = { ...counts, ...points, coefficients };
  const contributions = options.record
    ? await developmentRecord(engine, table, key, { secrets, c: exponents.c, options })
    : emptyRecord();
  return writeZkey({ ...key, contributions });
}

/** Least power of two above constraints + public wires; at least 2, as snarkjs has it. */
function domainBitsFor(constraintCount: number, publicCount: number): number {
  const bits = Math.floor(Math.log2(Math.max(1, constraintCount + publicCount))) + 1;
  if (bits <= DOMAIN_BITS_MAX) return bits;
  throw new BionoirError(
    'MALFORMED_R1CS',
    `The circuit has ${constraintCount} constraints and ${publicCount} public wires; BN254 has room for 2^${DOMAIN_BITS_MAX} - 1 together. Split the network.`,
    { details: { constraintCount, publicCount } },
  );
}

async function evaluateExponents(
  engine: Engine,
  file: R1csFile,
  rows: ReturnType<typeof scanRows>,
  context: {
    readonly secrets: ToxicWaste;
    readonly domainBits: number;
    readonly publicCount: number;
    readonly options: KernelCallOptions;
  },
): Promise<Exponents> {
  const { secrets, domainBits, publicCount, options } = context;
  const { tau, alpha, beta, delta } = secrets;
  const lagrange = evaluateLagrange(tau, domainBits, { first: 0, step: 1, factor: 1n });
  const { a, b, c } = await evaluateRows(engine, file, rows, lagrange, options);
  for (let wire = 0; wire <= publicCount; wire++) {
    a[wire] = ((a[wire] as bigint) + (lagrange[file.constraintCount + wire] as bigint)) % r;
  }
  const deltaInverse = invertOrZero(delta, r);
  const k = c.map((ci, wire) => (beta * (a[wire] as bigint) + alpha * (b[wire] as bigint) + ci) % r);
  return {
    a,
    b,
    ic: k.slice(0, publicCount + 1),
    c: k.slice(publicCount + 1).map(value => (value * deltaInverse) % r),
    h: evaluateLagrange(tau, domainBits + 1, { first: 1, step: 2, factor: deltaInverse }),
  };
}

async function makePoints(
  engine: Engine,
  table1: FixedBaseTable,
  { a, b, ic, c, h }: Exponents,
  { secrets, options }: { readonly secrets: ToxicWaste; readonly options: KernelCallOptions },
) {
  const { alpha, beta, delta } = secrets;
  const table2 = await buildTable(engine, 'g2m', b.length);
  const header1 = await multiplyGenerator(engine, table1, [alpha, beta, delta], 'header');
  const header2 = await multiplyGenerator(engine, table2, [beta, 1n, delta], 'header');
  const [alpha1, beta1, delta1] = decodeAll(header1, G1_BYTES, decodeG1) as [G1Point, G1Point, G1Point];
  const [beta2, gamma2, delta2] = decodeAll(header2, G2_BYTES, decodeG2) as [G2Point, G2Point, G2Point];
  return {
    ...{ alpha1, beta1, delta1, beta2, gamma2, delta2 },
    ic: await multiplyGenerator(engine, table1, ic, 'points IC', options),
    a: await multiplyGenerator(engine, table1, a, 'points A', options),
    b1: await multiplyGenerator(engine, table1, b, 'points B1', options),
    b2: await multiplyGenerator(engine, table2, b, 'points B2', options),
    c: await multiplyGenerator(engine, table1, c, 'points C', options),
    h: await multiplyGenerator(engine, table1, h, 'points H', options),
  };
}

function decodeAll<Point>(bytes: Uint8Array, size: number, decode: (bytes: Uint8Array) => Point | undefined) {
  return Array.from({ length: bytes.length / size }, (_, i) =>
    decode(bytes.subarray(i * size, (i + 1) * size)),
  );
}

function checkSecrets(secrets: ToxicWaste): void {
  for (const name of ['tau', 'alpha', 'beta', 'delta'] as const) {
    const value = secrets[name];
    if (value > 0n && value < r) continue;
    throw new BionoirError(
      'UNSAFE_KEY',
      `The set-up secret ${name} is not in [1, r). Draw it with drawToxicWaste().`,
      { details: { name } },
    );
  }
  if (secrets.delta === 1n) {
    throw new BionoirError(
      'UNSAFE_KEY',
      'The set-up secret delta is 1, so delta equals gamma and anyone could forge proofs. Draw it with drawToxicWaste().',
    );
  }
}

function otherField(prime: bigint): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `The constraint system (.r1cs) is over the field of order ${prime}; Groth16 on BN254 needs ${r}.`,
    { details: { prime } },
  );
}
