/** Small circuits with satisfying witnesses, for tests of everything that works on an R1CS. */
import { writeR1cs, writeWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { mod, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import type { ConstraintSystem, SparseRows } from '../../src/r1cs/types.ts';

/** A linear combination: [wire, coefficient] pairs; coefficients may be negative. */
export type Terms = readonly (readonly [wire: number, coefficient: bigint | number])[];
export type Row = readonly [a: Terms, b: Terms, c: Terms];

export interface Circuit {
  readonly system: ConstraintSystem;
  readonly r1cs: Uint8Array;
  readonly wires: readonly bigint[];
  readonly wtns: Uint8Array;
}

/** Builds a system from rows, keeping the order of terms as given. */
export function circuitOf(rows: readonly Row[], wires: readonly bigint[], publicCount: number): Circuit {
  const coefficients: bigint[] = [];
  const ids = new Map<bigint, number>();
  const intern = (value: bigint): number => {
    let id = ids.get(value);
    if (id === undefined) {
      id = coefficients.push(value) - 1;
      ids.set(value, id);
    }
    return id;
  };
  const matrix = (which: 0 | 1 | 2): SparseRows => {
    const terms = rows.map(row => row[which]);
    const rowStarts = new Uint32Array(rows.length + 1);
    terms.forEach((row, i) => {
      rowStarts[i + 1] = (rowStarts[i] as number) + row.length;
    });
    return {
      rowStarts,
      wires: Uint32Array.from(terms.flat().map(([wire]) => wire)),
      coefficientIds: Uint32Array.from(terms.flat().map(([, value]) => intern(mod(BigInt(value), r)))),
    };
  };
  const [a, b, c] = [matrix(0), matrix(1), matrix(2)];
  const system: ConstraintSystem = {
    prime: r,
    wireCount: wires.length,
    publicCount,
    constraintCount: rows.length,
    ...{ a, b, c, coefficients },
    provenance: [{ gadget: 'test', functionIndex: 0, opcodeIndex: 0 }],
    provenanceIds: new Uint32Array(rows.length),
  };
  return { system, r1cs: writeR1cs(system), wires, wtns: writeWtns(r, wires) };
}

/** x * y = z with z public (wire 1): 3 * 11 = 33. */
export function productCircuit(): Circuit {
  return circuitOf([[[[2, 1]], [[3, 1]], [[1, 1]]]], [1n, 33n, 3n, 11n], 1);
}

/**
 * Like a network: `bitCount` booleans, their weighted sums on the C side of `0 * 0 = L` rows, and products of sums, with
 * two public sums. The witness has zeros, ones, small numbers of both signs and full-size ones.
 */
export function mixedCircuit(bitCount: number, seed = 1): Circuit {
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  const wires: bigint[] = [1n, 0n, 0n];
  const rows: Row[] = [];
  for (let i = 0; i < bitCount; i++) {
    const bit = wires.push(BigInt(random(2))) - 1;
    rows.push([
      [[bit, 1]],
      [
        [0, -1],
        [bit, 1],
      ],
      [],
    ]);
  }
  const weighted: (readonly [number, number])[] = Array.from({ length: bitCount }, (_, i) => [
    3 + i,
    random(200) - 100,
  ]);
  const sum = weighted.reduce(
    (total, [wire, weight]) => total + BigInt(weight) * (wires[wire] as bigint),
    0n,
  );
  wires[1] = mod(sum, r);
  rows.push([[], [], [[1, -1], ...weighted]]);
  wires.push(mod(-sum * sum, r));
  rows.push([[[1, 1]], [[1, -1]], [[wires.length - 1, 1]]]);
  for (let i = 0; i < 4; i++) {
    const last = wires.length - 1;
    const value = wires[last] as bigint;
    wires.push(((value + 5n) * (value + 5n)) % r);
    rows.push([
      [
        [0, 5],
        [last, 1],
      ],
      [
        [0, 5],
        [last, 1],
      ],
      [[last + 1, 1]],
    ]);
  }
  wires[2] = mod(3n * (wires.at(-1) as bigint), r);
  rows.push([
    [],
    [],
    [
      [2, 1],
      [wires.length - 1, -3],
    ],
  ]);
  return circuitOf(rows, wires, 2);
}

/** `count` public signals, their sum proved private. */
export function manySignalsCircuit(count: number): Circuit {
  const signals = Array.from({ length: count }, (_, i) =>
    i % 3 === 0 ? r - BigInt(i + 1) : BigInt(i) ** 5n,
  );
  const sum = mod(
    signals.reduce((total, value) => total + value, 0n),
    r,
  );
  const terms: Terms = [...signals.map((_, i) => [i + 1, 1] as const), [count + 1, -1]];
  return circuitOf([[[], [], terms]], [1n, ...signals, sum], count);
}
