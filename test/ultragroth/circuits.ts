/** Small systems with a LogUp range check by hand, their witnesses in two rounds, and the liars that go with them. */
import assert from 'node:assert/strict';
import { writeR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import { writeBigint } from '../../src/bytes/index.ts';
import { invertOrZero, mod, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { type NativeKernel, randomScalar } from '../../src/kernel/index.ts';
import type { G1Point, UltraGrothPoints } from '../../src/kernel/types.ts';
import { checkWitness } from '../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import type { TwoRoundWitness, UltraGrothProvingKey } from '../../src/ultragroth/index.ts';
import { circuitOf, type Row, type Terms } from '../groth16/circuits.ts';

/** A system with rounds, and what its wires are. */
export interface LookupCircuit {
  readonly system: ConstraintSystem;
  readonly r1cs: Uint8Array;
  /** Wires of: public wire 0 of `publicCount`, the challenge, key 0, multiplicity 0, inverse 0, quotient 0. */
  readonly at: {
    readonly publics: number;
    readonly challenge: number;
    readonly keys: number;
    readonly multiplicities: number;
    readonly inverses: number;
    readonly quotients: number;
  };
  readonly rows: readonly Row[];
  readonly tableSize: number;
}

/** A system from rows with the rounds given. */
export function systemOf(
  rows: readonly Row[],
  wireCount: number,
  publicCount: number,
  rounds: { readonly challengeCount: number; readonly roundOneCount: number },
): ConstraintSystem {
  const wires = Array.from({ length: wireCount }, (_, i) => (i === 0 ? 1n : 0n));
  return { ...circuitOf(rows, wires, publicCount).system, rounds };
}

/** keyCount keys in [0, tableSize); public wire p is the sum of (p + 1)^i key_i. */
export function lookupCircuit(keyCount: number, tableSize: number, publicCount: number): LookupCircuit {
  const publics = 1;
  const challenge = publics + publicCount;
  const keys = challenge + 1;
  const multiplicities = keys + keyCount;
  const inverses = multiplicities + tableSize;
  const quotients = inverses + keyCount;
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const rows: Row[] = [
    ...range(publicCount).map(
      (p): Row => [
        [],
        [],
        [[publics + p, -1], ...range(keyCount).map(i => [keys + i, BigInt(p + 1) ** BigInt(i)] as const)],
      ],
    ),
    ...range(keyCount).map(
      (i): Row => [
        [[inverses + i, 1]],
        [
          [challenge, 1],
          [keys + i, -1],
        ],
        [[0, 1]],
      ],
    ),
    ...range(tableSize).map((t): Row => {
      const entry: Terms = t === 0 ? [] : [[0, -t]];
      return [[[quotients + t, 1]], [...entry, [challenge, 1]], [[multiplicities + t, 1]]];
    }),
    [
      [],
      [],
      [
        ...range(keyCount).map(i => [inverses + i, 1] as const),
        ...range(tableSize).map(t => [quotients + t, -1] as const),
      ],
    ],
  ];
  const system = systemOf(rows, quotients + tableSize, publicCount, {
    challengeCount: 1,
    roundOneCount: keyCount + tableSize,
  });
  const at = { publics, challenge, keys, multiplicities, inverses, quotients };
  return { system, r1cs: writeR1cs(system), at, rows, tableSize };
}

/** {@link lookupCircuit} with a second challenge, which no argument uses. */
export function twoChallengeCircuit(keyCount: number, tableSize: number, publicCount: number): LookupCircuit {
  const one = lookupCircuit(keyCount, tableSize, publicCount);
  const from = one.at.challenge + 1;
  const moved = (wire: number): number => (wire >= from ? wire + 1 : wire);
  const rows = one.rows.map(
    row => row.map(form => form.map(([wire, value]) => [moved(wire), value] as const)) as unknown as Row,
  );
  const roundOneCount = keyCount + tableSize;
  const system = systemOf(rows, one.system.wireCount + 1, publicCount, { challengeCount: 2, roundOneCount });
  const at = Object.fromEntries(Object.entries(one.at).map(([name, wire]) => [name, moved(wire)]));
  return { system, r1cs: writeR1cs(system), rows, tableSize, at: at as LookupCircuit['at'] };
}

/** What a lying prover changes. */
export interface Lies {
  /** Called on the bound wires before they are committed to. */
  readonly bound?: (wires: bigint[]) => void;
  /** Called on all wires at the end. */
  readonly late?: (wires: bigint[], challenge: bigint) => void;
}

/** Solves the rest of a {@link lookupCircuit} from its keys. */
export function witnessOf(
  { system, at, tableSize }: LookupCircuit,
  keys: readonly bigint[],
  lies: Lies = {},
): TwoRoundWitness {
  const wires: bigint[] = Array.from({ length: system.wireCount }, (_, i) => (i === 0 ? 1n : 0n));
  keys.forEach((key, i) => {
    wires[at.keys + i] = key;
    for (let p = 0; p < system.publicCount; p++)
      wires[at.publics + p] = mod((wires[at.publics + p] as bigint) + BigInt(p + 1) ** BigInt(i) * key, r);
    if (key < BigInt(tableSize)) (wires[at.multiplicities + Number(key)] as bigint)++;
  });
  lies.bound?.(wires);
  return {
    roundOne: encodeWires(wires),
    finish: challenges => {
      const k = challenges[0] as bigint;
      challenges.forEach((challenge, i) => {
        wires[at.challenge + i] = challenge;
      });
      keys.forEach((_, i) => {
        wires[at.inverses + i] = invertOrZero(k - (wires[at.keys + i] as bigint), r);
      });
      for (let t = 0; t < tableSize; t++) {
        const multiplicity = wires[at.multiplicities + t] as bigint;
        wires[at.quotients + t] = mod(multiplicity * invertOrZero(k - BigInt(t), r), r);
      }
      lies.late?.(wires, k);
      return encodeWires(wires);
    },
  };
}

/** Wires as the prover takes them. */
export function encodeWires(wires: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(wires.length * 32);
  wires.forEach((value, i) => {
    writeBigint(bytes, i * 32, value, 32);
  });
  return bytes;
}

/** Wires back from bytes. */
export function decodeWires(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    BigInt(
      `0x${Buffer.from(bytes.subarray(i * 32, i * 32 + 32))
        .reverse()
        .toString('hex')}`,
    ),
  );
}

/** One private key and one public one, both looked up in 0..7. */
export function publicKeyCircuit(): LookupCircuit {
  const base = lookupCircuit(2, 8, 1);
  const { at } = base;
  const rows = base.rows.slice(1).map((row): Row => {
    const [a, b, c] = row;
    const swap = b.map(([wire, value]) => [wire === at.keys ? at.publics : wire, value] as const);
    return [a, swap, c];
  });
  const rounds = base.system.rounds as { challengeCount: number; roundOneCount: number };
  const system = systemOf(rows, base.system.wireCount, 1, rounds);
  return { ...base, system, r1cs: writeR1cs(system), rows };
}

/** Its witness; `lies` changes what is committed to. */
export function publicKeyWitness(
  circuit: LookupCircuit,
  publicKey: bigint,
  lies: (wires: bigint[]) => void = () => {},
): TwoRoundWitness {
  const { at } = circuit;
  return witnessOf(circuit, [publicKey, 1n], {
    bound: wires => {
      wires[at.publics] = publicKey;
      lies(wires);
    },
  });
}

/**
 * A proof that a number beyond the table is in it. The prover commits as if the public key were 5, but counts two threes;
 * then he draws the challenge, and solves the sum for the public key.
 */
export async function forgePublicKey(
  kernel: NativeKernel,
  { loaded }: UltraGrothProvingKey,
  circuit: LookupCircuit,
  challengesOf: (c1: G1Point) => readonly bigint[],
): Promise<{ proof: UltraGrothPoints; forged: bigint; challenge: bigint }> {
  const { at, tableSize } = circuit;
  const blinding = { rho: randomScalar(), r: randomScalar(), s: randomScalar() };
  const witness = publicKeyWitness(circuit, 5n, wires => {
    wires[at.multiplicities + 1] = 0n;
    wires[at.multiplicities + 5] = 0n;
    wires[at.multiplicities + 3] = 2n;
  });
  const roundOne = witness.roundOne.slice(at.keys * 32, (at.keys + loaded.roundOneCount) * 32);
  const c1 = await kernel.ultraGroth.commit(loaded, roundOne, blinding.rho);
  const [challenge] = challengesOf(c1) as [bigint];
  const wires = decodeWires(await witness.finish([challenge]));
  const inverse = mod((wires[at.quotients + 3] as bigint) - (wires[at.inverses + 1] as bigint), r);
  const forged = mod(challenge - invertOrZero(inverse, r), r);
  assert.ok(forged >= BigInt(tableSize), 'the forged key is no table entry');
  wires[at.publics] = forged;
  wires[at.inverses] = inverse;
  assert.equal(checkWitness(circuit.system, wires), undefined);
  const proof = { ...(await kernel.ultraGroth.prove(loaded, encodeWires(wires), blinding)), c1 };
  return { proof, forged, challenge };
}
