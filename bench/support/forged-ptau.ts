/**
 * A prepared `.ptau` of any power from secrets drawn here, so that snarkjs' set-up can be timed without a download. It is
 * what a ceremony of one party with no contribution would give: good for nothing but benches.
 */
import { ByteWriter, writeSections } from '../../src/bytes/index.ts';
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { drawToxicWaste } from '../../src/groth16/index.ts';
import { startEngine } from '../../test/support/ffjavascript-kernel/engine.ts';
import {
  buildTable,
  type FixedBaseTable,
  multiplyGenerator,
} from '../../test/support/ffjavascript-kernel/fixed-base.ts';
import { evaluateLagrange } from '../../test/support/ffjavascript-kernel/lagrange.ts';

/** Makes a `.ptau` of the given power: about 15 * 2^power multiplications. */
export async function forgePtau(power: number): Promise<Uint8Array> {
  const { tau, alpha, beta } = drawToxicWaste();
  const size = 2 ** power;
  const powers: bigint[] = [1n];
  while (powers.length < 2 * size - 1) powers.push(((powers.at(-1) as bigint) * tau) % r);
  const short = powers.slice(0, size);
  const lagrange = (sizes: number): bigint[] =>
    Array.from({ length: sizes }, (_, bits) =>
      evaluateLagrange(tau, bits, { first: 0, step: 1, factor: 1n }),
    ).flat();
  const forms = lagrange(power + 1);
  const engine = await startEngine();
  try {
    const g1 = await buildTable(engine, 'g1m', 12 * size);
    const g2 = await buildTable(engine, 'g2m', 3 * size);
    const times = (table: FixedBaseTable, scalars: readonly bigint[], factor = 1n): Promise<Uint8Array> =>
      multiplyGenerator(
        engine,
        table,
        scalars.map(scalar => (scalar * factor) % r),
        'ptau',
      );
    return writeSections('ptau', 1, [
      [1, header(power)],
      [2, await times(g1, powers)],
      [3, await times(g2, short)],
      [4, await times(g1, short, alpha)],
      [5, await times(g1, short, beta)],
      [6, await times(g2, [beta])],
      [7, new Uint8Array(4)],
      [12, await times(g1, lagrange(power + 2))],
      [13, await times(g2, forms)],
      [14, await times(g1, forms, alpha)],
      [15, await times(g1, forms, beta)],
    ]);
  } finally {
    await engine.close();
  }
}

function header(power: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(32);
  writer.uint(BN254_BASE_PRIME, 32);
  writer.u32(power);
  writer.u32(power);
  return writer.finish();
}
