/**
 * Circuits for benches: 2^power - 16 rows, as many wires, three coefficients a row in A and in B, so that nearly every
 * wire has points in both. 'mixed': every second wire is a bit, as in a network; 'random': all values are full-size.
 */
import { writeR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import { writeBigint } from '../../src/bytes/index.ts';
import { mod, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import type { SparseRows } from '../../src/r1cs/types.ts';

export type WitnessKind = 'mixed' | 'random';

export interface BenchCircuit {
  readonly r1cs: Uint8Array;
  /** 32 bytes a wire, little-endian. */
  readonly witness: Uint8Array;
  readonly publicInputs: readonly bigint[];
}

type Term = readonly [wire: number, coefficientId: number];

/** 1, -1, then full-size numbers. */
const COEFFICIENTS: readonly bigint[] = [
  1n,
  r - 1n,
  ...Array.from({ length: 62 }, (_, i) => mod((BigInt(i) + 3n) ** 131n, r)),
];

/** Makes the circuit and a witness that satisfies it. */
export function benchCircuit(power: number, kind: WitnessKind): BenchCircuit {
  const rowCount = 2 ** power - 16;
  const wires: bigint[] = [1n, mod(7n ** 200n, r)];
  const rows: { a: Term[]; b: Term[]; c: Term[] }[] = [];
  for (let row = 0; row < rowCount; row++) {
    const wire = wires.length;
    const earlier = (k: number): Term => [
      Math.max(1, wire - 1 - ((row * 31 + k * 17) % 50)),
      2 + ((row * 7 + k) % 60),
    ];
    if (kind === 'mixed' && row % 2 === 1) {
      // bit (bit - 1) = 0
      wires.push(BigInt((Math.imul(row, 2654435761) >>> 16) & 1));
      rows.push({
        a: [[wire, 0]],
        b: [
          [0, 1],
          [wire, 0],
        ],
        c: [],
      });
      continue;
    }
    const a = [earlier(0), earlier(1), earlier(2)];
    const b = [earlier(3), earlier(4), earlier(5)];
    wires.push((evaluate(a, wires) * evaluate(b, wires)) % r);
    rows.push({ a, b, c: [[wire, 0]] });
  }
  const witness = new Uint8Array(wires.length * 32);
  wires.forEach((value, i) => {
    writeBigint(witness, i * 32, value, 32);
  });
  const r1cs = writeR1cs({
    prime: r,
    wireCount: wires.length,
    publicCount: 1,
    constraintCount: rowCount,
    a: packRows(rows.map(row => row.a)),
    b: packRows(rows.map(row => row.b)),
    c: packRows(rows.map(row => row.c)),
    coefficients: COEFFICIENTS,
    provenance: [{ gadget: 'bench', functionIndex: 0, opcodeIndex: 0 }],
    provenanceIds: new Uint32Array(rowCount),
  });
  return { r1cs, witness, publicInputs: [wires[1] as bigint] };
}

function evaluate(terms: readonly Term[], wires: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [wire, id] of terms) sum += (wires[wire] as bigint) * (COEFFICIENTS[id] as bigint);
  return sum % r;
}

/** Sorts each row by wire. */
function packRows(rows: readonly Term[][]): SparseRows {
  const rowStarts = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    rowStarts[i + 1] = (rowStarts[i] as number) + row.length;
  });
  const sorted = rows.flatMap(row => row.toSorted(([left], [right]) => left - right));
  return {
    rowStarts,
    wires: Uint32Array.from(sorted, ([wire]) => wire),
    coefficientIds: Uint32Array.from(sorted, ([, id]) => id),
  };
}
