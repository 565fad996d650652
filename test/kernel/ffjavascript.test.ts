import assert from 'node:assert/strict';
import { readZkey, writeZkey } from '../../converters/keys-to-iden3/index.ts';
import { writeR1cs, writeWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { readSections, writeSections } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { randomNonZeroScalar, randomScalar } from '../../src/kernel/index.ts';
import type { Kernel, ToxicWaste } from '../../src/kernel/types.ts';
import { circuitOf, mixedCircuit, productCircuit } from '../groth16/circuits.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { lookupCircuit } from '../ultragroth/circuits.ts';

const SECRETS: ToxicWaste = { tau: 1234567n, alpha: 3n ** 150n, beta: 5n ** 100n, delta: 7n ** 80n };
const FORMAT = { magic: 'r1cs', versionMax: 1, what: 'file', code: 'MALFORMED_R1CS' } as const;

function witnessOf(wires: readonly bigint[]): Uint8Array {
  return writeWtns(r, wires).slice(-32 * wires.length);
}

describe('ffjavascript kernel', () => {
  const circuit = mixedCircuit(20);
  let kernel: Kernel;

  before(async () => {
    kernel = await createFfjavascriptKernel();
  });
  after(() => kernel.close());

  it('makes the same key from the same secrets', async () => {
    const [one, two] = [await kernel.setup(circuit.r1cs, SECRETS), await kernel.setup(circuit.r1cs, SECRETS)];
    assert.deepEqual(Buffer.from(one), Buffer.from(two));
    assert.notDeepEqual(
      Buffer.from(one),
      Buffer.from(await kernel.setup(circuit.r1cs, { ...SECRETS, tau: 3n })),
    );
  });

  it('makes the same key whatever the order of terms and sections', async () => {
    const rows = [
      [
        [
          [3, 2],
          [1, 5],
        ],
        [
          [2, 1],
          [0, 4],
        ],
        [[1, 1]],
      ],
    ] as const;
    const sorted = [
      [
        [
          [1, 5],
          [3, 2],
        ],
        [
          [0, 4],
          [2, 1],
        ],
        [[1, 1]],
      ],
    ] as const;
    const wires = [1n, 0n, 0n, 0n];
    const shuffled = [...readSections(circuitOf(rows, wires, 1).r1cs, FORMAT).sections].reverse();
    const [one, two] = [
      readZkey(await kernel.setup(writeSections('r1cs', 1, shuffled), SECRETS)),
      readZkey(await kernel.setup(circuitOf(sorted, wires, 1).r1cs, SECRETS)),
    ];
    for (const section of ['ic', 'a', 'b1', 'b2', 'c', 'h'] as const)
      assert.deepEqual(one[section], two[section]);
  });

  it('makes the same proof from the same blinding', async () => {
    const key = await kernel.loadProvingKey(await kernel.setup(circuit.r1cs, SECRETS));
    const witness = witnessOf(circuit.wires);
    const blinding = { r: 5n, s: r - 1n };
    const [one, two, other] = [
      await kernel.prove(key, witness, { blinding }),
      await kernel.prove(key, witness, { blinding }),
      await kernel.prove(key, witness, { blinding: { r: 6n, s: r - 1n } }),
    ];
    assert.deepEqual(one, two);
    assert.notDeepEqual(one.a, other.a);
  });

  it('refuses secrets out of range or with a known relation', async () => {
    for (const name of ['tau', 'alpha', 'beta', 'delta'] as const) {
      for (const value of [0n, r, -1n]) {
        await assertRejectsCode(
          () => kernel.setup(circuit.r1cs, { ...SECRETS, [name]: value }),
          'UNSAFE_KEY',
          `The set-up secret ${name} is not in [1, r). Draw it with drawToxicWaste().`,
        );
      }
    }
    await assertRejectsCode(
      () => kernel.setup(circuit.r1cs, { ...SECRETS, delta: 1n }),
      'UNSAFE_KEY',
      'The set-up secret delta is 1, so delta equals gamma and anyone could forge proofs. Draw it with drawToxicWaste().',
    );
    await assertRejectsCode(
      () => kernel.setup(circuit.r1cs, { ...SECRETS, tau: r - 1n }),
      'UNSAFE_KEY',
      /^The secret tau is a root of unity/,
    );
  });

  it('refuses corrupt circuits', async () => {
    const { r1cs, system } = productCircuit();
    const edit = (change: (words: DataView) => void): Uint8Array => {
      const copy = r1cs.slice();
      // Section 2 starts after the file's header and section 1 (12 + 12 + 64), and its own 12.
      change(new DataView(copy.buffer, 100));
      return copy;
    };
    const cases: [Uint8Array, string | RegExp][] = [
      [r1cs.subarray(0, 150), /ends too early/],
      [
        edit(words => words.setUint32(4, 4, true)),
        'The constraint system (.r1cs) names an unknown wire in constraint 0. Is the file complete?',
      ],
      [
        edit(words => words.setUint32(36, 0xffffffff, true)),
        'The constraint system (.r1cs) holds a coefficient above the prime in constraint 0. Is the file complete?',
      ],
      [
        edit(words => words.setUint32(80, 2, true)),
        'The constraint system (.r1cs) ends inside constraint 0. Is the file complete?',
      ],
      [
        edit(words => words.setUint32(80, 0, true)),
        'The constraint system (.r1cs) has bytes after constraint 0. Is the file complete?',
      ],
      [
        writeR1cs({ ...system, coefficients: [r] }),
        'The constraint system (.r1cs) holds a coefficient above the prime in constraint 0. Is the file complete?',
      ],
      [
        writeR1cs({ ...system, prime: 101n }),
        `The constraint system (.r1cs) is over the field of order 101; Groth16 on BN254 needs ${r}.`,
      ],
    ];
    for (const [bytes, text] of cases) {
      await assertRejectsCode(() => kernel.setup(bytes, SECRETS), 'MALFORMED_R1CS', text);
    }
  });

  it('refuses more constraints than the curve has room for', async () => {
    const { r1cs } = circuitOf([], [1n], 0);
    const huge = r1cs.slice();
    new DataView(huge.buffer, 24 + 60).setUint32(0, 2 ** 27, true);
    await assertRejectsCode(
      () => kernel.setup(huge, SECRETS),
      'MALFORMED_R1CS',
      'The circuit has 134217728 constraints and 0 public wires; BN254 has room for 2^27 - 1 together. Split the network.',
    );
  });

  it('refuses keys with coefficients of rows or wires that do not exist', async () => {
    const key = readZkey(await kernel.setup(circuit.r1cs, SECRETS));
    for (const [offset, value, text] of [
      [0, 2, /^Coefficient 1 of the proving key \(\.zkey\) is for matrix 2, /],
      [4, key.domainSize, /, row 32, wire \d+, which the key does not have\. Is the file corrupt\?$/],
      [8, key.wireCount, new RegExp(`, wire ${key.wireCount}, which the key does not have`)],
    ] as const) {
      const coefficients = key.coefficients.slice();
      new DataView(coefficients.buffer).setUint32(4 + 44 + offset, value, true);
      await assertRejectsCode(
        () => kernel.loadProvingKey(writeZkey({ ...key, coefficients })),
        'MALFORMED_KEY',
        text,
      );
    }
  });

  it('refuses keys of the largest domain, which it has no roots of unity for', async () => {
    const zkey = await kernel.setup(circuit.r1cs, SECRETS);
    // Section 2 starts after the file's header, section 1 (12 + 4) and its own 12; the domain is its word 20.
    const huge = zkey.slice();
    new DataView(huge.buffer, 40 + 80).setUint32(0, 2 ** 28, true);
    await assertRejectsCode(
      () => kernel.loadProvingKey(huge),
      'UNSUPPORTED_OPTION',
      'The proving key (.zkey) has a domain of 268435456; the WebAssembly kernel takes up to 2^27. Use the native kernel.',
    );
  });

  it('refuses keys that another kernel has loaded', async () => {
    await assertRejectsCode(
      async () => kernel.prove({ publicCount: 1, wireCount: 4, release: () => {} }, new Uint8Array(128)),
      'KERNEL_FAILED',
      'This proving key was loaded by another kernel. Load it with the kernel that proves.',
    );
  });

  it('reports progress from 0 to 1 in each step', async () => {
    const steps = new Map<string, number[]>();
    const onProgress = (step: string, fraction: number): void => {
      steps.set(step, [...(steps.get(step) ?? []), fraction]);
    };
    const zkey = await kernel.setup(circuit.r1cs, SECRETS, { onProgress });
    await kernel.prove(await kernel.loadProvingKey(zkey), witnessOf(circuit.wires), { onProgress });
    assert.ok(steps.has('points H') && steps.has('multiply H'));
    for (const [step, fractions] of steps) {
      assert.deepEqual(
        fractions,
        [...fractions].sort((a, b) => a - b),
        step,
      );
      assert.ok(fractions.at(-1) === 1 && fractions.every(f => f >= 0), step);
    }
  });

  it('stops when told to, and works on afterwards', async () => {
    const before = new AbortController();
    before.abort();
    await assertRejectsCode(
      () => kernel.setup(circuit.r1cs, SECRETS, { signal: before.signal }),
      'ABORTED',
      'Stopped during "polynomials", as asked. Nothing was written.',
    );
    const during = new AbortController();
    const onProgress = (step: string): void => {
      if (step === 'points B1') during.abort();
    };
    await assertRejectsCode(
      () => kernel.setup(circuit.r1cs, SECRETS, { signal: during.signal, onProgress }),
      'ABORTED',
      'Stopped during "points B1", as asked. Nothing was written.',
    );
    const key = await kernel.loadProvingKey(await kernel.setup(circuit.r1cs, SECRETS));
    await assertRejectsCode(
      () => kernel.prove(key, witnessOf(circuit.wires), { signal: before.signal }),
      'ABORTED',
    );
    await kernel.prove(key, witnessOf(circuit.wires));
  });

  it('keeps apart from the curve that snarkjs shares', async () => {
    const globals = globalThis as { curve_bn128?: unknown };
    const before = globals.curve_bn128;
    const another = await createFfjavascriptKernel();
    assert.equal(globals.curve_bn128, before);
    await another.close();
    assert.equal(globals.curve_bn128, before);
  });

  it('refuses to work once closed, and may be closed twice', async () => {
    const another = await createFfjavascriptKernel();
    await another.close();
    await another.close();
    await assertRejectsCode(
      () => another.setup(circuit.r1cs, SECRETS),
      'KERNEL_FAILED',
      'The kernel has been closed. Create a new one.',
    );
  });

  it('makes no Groth16 key of a system with rounds', async () => {
    const kernel = await createFfjavascriptKernel({ threads: 1 });
    await assertRejectsCode(
      () => kernel.setup(lookupCircuit(2, 2, 1).r1cs, { tau: 3n, alpha: 5n, beta: 7n, delta: 11n }),
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) has rounds, so UltraGroth proves it: Groth16 would let the prover choose the challenges. Lower the program without lookups.',
    );
    await kernel.close();
  });
});

describe('random scalars', () => {
  it('are in range and not repeated', () => {
    const drawn = Array.from({ length: 200 }, (_, i) => (i % 2 ? randomScalar() : randomNonZeroScalar()));
    assert.ok(drawn.every(value => value >= 0n && value < r));
    assert.equal(new Set(drawn).size, drawn.length);
  });
});
