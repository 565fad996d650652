/** Groth16 proving: checks that witness and key belong together, then hands over to the kernel. */

import { bytesToBigint, writeBigint } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { Groth16Points, Kernel, LoadedProvingKey, ProveOptions } from '../kernel/types.ts';

const WIRE_BYTES = 32;

/** A proof, what it is about, and how it was made. */
export interface ProofResult {
  readonly proof: Groth16Points;
  readonly publicSignals: readonly bigint[];
  /** Which engine made it. */
  readonly kernel: string;
  readonly timings: { readonly encodeMillis: number; readonly proveMillis: number };
}

/**
 * Proves with a key that the kernel has loaded. Does not check that the witness satisfies the circuit: run the checker
 * first, which names the constraint; a proof from a false witness only fails to verify.
 *
 * @param wires All wire values, wire 0 (one) first, canonical; or the same as 32 bytes little-endian each, which the kernel
 *   reads as they are.
 * @throws BionoirError KEY_MISMATCH, MALFORMED_WITNESS, ABORTED, KERNEL_FAILED.
 */
export async function prove(
  kernel: Kernel,
  key: LoadedProvingKey,
  wires: readonly bigint[] | Uint8Array,
  options: ProveOptions = {},
): Promise<ProofResult> {
  const count = wires instanceof Uint8Array ? wires.length / WIRE_BYTES : wires.length;
  if (count !== key.wireCount) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `The witness has ${count} wires; the proving key is for ${key.wireCount}. Use the key of this circuit, or set up again.`,
      { details: { found: count, expected: key.wireCount } },
    );
  }
  const start = performance.now();
  const witness = wires instanceof Uint8Array ? wires : encodeWitness(wires);
  const encoded = performance.now();
  const proof = await kernel.prove(key, witness, options);
  return {
    proof,
    publicSignals: Array.from({ length: key.publicCount }, (_, k) =>
      bytesToBigint(witness.subarray((k + 1) * WIRE_BYTES, (k + 2) * WIRE_BYTES)),
    ),
    kernel: kernel.description,
    timings: { encodeMillis: encoded - start, proveMillis: performance.now() - encoded },
  };
}

/** Wire values as the kernel takes them. */
function encodeWitness(wires: readonly bigint[]): Uint8Array {
  if (wires[0] !== 1n) {
    throw new BionoirError(
      'MALFORMED_WITNESS',
      `Wire 0 of the witness is ${wires[0]}; it must be the constant 1. Put the constant in front of the public wires.`,
    );
  }
  const bytes = new Uint8Array(wires.length * WIRE_BYTES);
  wires.forEach((value, wire) => {
    if (value < 0n || value >= BN254_SCALAR_PRIME) {
      throw new BionoirError(
        'MALFORMED_WITNESS',
        `Wire ${wire} of the witness is ${value}, which is not in [0, r). Reduce it first.`,
        { details: { wire, value } },
      );
    }
    writeBigint(bytes, wire * WIRE_BYTES, value, WIRE_BYTES);
  });
  return bytes;
}
