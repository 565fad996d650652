/** The kernel's witness engine beside the reference machine, on the artifacts of every kind and on programs of its own. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type LoweredProgram, lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { acirWitness, type BrilligOpcode, ONE_EXPRESSION, witnessExpression } from '../../src/acir/index.ts';
import type { Program } from '../../src/acir/types.ts';
import { probeFunctions } from '../../src/acvm/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME as p } from '../../src/field/index.ts';
import { type Kernel, openKernel, wasmKernel } from '../../src/kernel/index.ts';
import { compileWitnessProgram, STOP_REASONS } from '../../src/witness/index.ts';
import { valuesOf } from '../support/abi-values.ts';
import { artifactNames, readArtifact } from '../support/artifacts.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { randomInputs, randomProgram } from '../support/random-programs.ts';
import { assertSameWitness, compileFor, loadFor, type Outcome } from '../support/witness-engine.ts';

const SEED = 20261122;
const RUNS = 4;
/** Seconds of lowering; releases.slow.test.ts runs them. */
const HEAVY = /^(aes|blake|keccak|pedersen|schnorr|sha256|ecdsa|msm|imp2|ec|grumpkin|bigint|fixedold)/;

describe('the witness engine', function () {
  this.timeout(240_000);
  let kernel: Kernel;
  before(async () => {
    kernel = await openKernel('best');
  });
  after(() => kernel.close());

  async function compare(
    program: Program,
    lowered: LoweredProgram,
    inputs: readonly (readonly bigint[])[],
    what: string,
  ) {
    const loaded = await loadFor(kernel, program, lowered);
    assert.ok(loaded, `${what} compiles`);
    const outcomes: Outcome[] = [];
    for (const values of inputs)
      outcomes.push(await assertSameWitness(loaded, { program, lowered }, values, what));
    loaded.release();
    return outcomes;
  }

  for (const release of ['0.25.0', '1.0.0-beta.26']) {
    it(`solves what programs of ${release} compile to, and stops where they stop`, async () => {
      const outcomes: Outcome[] = [];
      for (const name of artifactNames().filter(
        found => found.endsWith(`.${release}.json`) && !HEAVY.test(found),
      )) {
        const { program, abi } = decodeArtifact(readArtifact(name));
        if (name.startsWith('recursive')) continue;
        const lowered = lowerProgram(program);
        if (compileFor(program, lowered).kind === 'uncompilable') continue;
        const random = fc
          .tuple(...abi.parameters.map(({ type }) => valuesOf(type)))
          .map(values => values.flat());
        outcomes.push(
          ...(await compare(program, lowered, fc.sample(random, { seed: SEED, numRuns: RUNS }), name)),
        );
      }
      const solved = outcomes.filter(outcome => outcome === 'solved').length;
      assert.ok(solved > outcomes.length / 2, `${solved} of ${outcomes.length}`);
    });
  }

  it('solves random programs with bits and with lookups, in both rounds', async () => {
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const program = randomProgram(random);
      const inputs = [[...randomInputs(random).values()]];
      for (const options of [{}, { lookups: { rangeBits: [4] } }]) {
        const lowered = lowerProgram(program, options);
        if (compileFor(program, lowered).kind === 'uncompilable') outcomes.push('left');
        else outcomes.push(...(await compare(program, lowered, inputs, `seed ${seed}`)));
      }
    }
    const count = (wanted: Outcome): number => outcomes.filter(outcome => outcome === wanted).length;
    assert.ok(count('solved') > outcomes.length / 3, `${count('solved')} solved`);
    assert.ok(count('left') < outcomes.length / 10, `${count('left')} left`);
  });

  it('gives the same in WebAssembly', async () => {
    const wasm = await wasmKernel({ threads: 2 });
    for (let seed = 1; seed <= 15; seed++) {
      const random = seededRandom(seed);
      const program = randomProgram(random);
      const lowered = lowerProgram(program, { lookups: { rangeBits: [4] } });
      const loaded = await loadFor(wasm, program, lowered);
      if (loaded === undefined) continue;
      const outcome = await assertSameWitness(
        loaded,
        { program, lowered },
        [...randomInputs(random).values()],
        `seed ${seed}`,
      );
      assert.notEqual(outcome, 'left', `seed ${seed}`);
      loaded.release();
    }
    await wasm.close();
  });

  it('ends an endless loop at the step limit, and names the place', async () => {
    const { loaded } = await loadLoop(kernel);
    const found = await loaded.solve([1n], { stepLimit: 1000 });
    assert.ok(found.kind === 'stopped');
    assert.equal(STOP_REASONS[found.reason], 'step-limit');
    assert.deepEqual([found.functionIndex, found.opcodes, found.brillig?.functionIndex], [0, [0], 0]);
    loaded.release();
  });

  it('stops when asked to', async () => {
    const { loaded } = await loadLoop(kernel);
    const controller = new AbortController();
    const solving = loaded.solve([1n], { signal: controller.signal, stepLimit: 2 ** 40 });
    controller.abort();
    await assertRejectsCode(() => solving, 'ABORTED');
    loaded.release();
  });

  it('refuses another number of inputs, and inputs beyond the field', async () => {
    const { loaded } = await loadLoop(kernel);
    await assertRejectsCode(
      () => loaded.solve([1n, 2n]),
      'MALFORMED_INPUT',
      'The witness program takes 1 input values and was given 2. Encode the inputs by the ABI of the program that was compiled.',
    );
    await assertRejectsCode(() => loaded.solve([p]), 'KERNEL_FAILED');
    loaded.release();
  });

  it('leaves to the reference machine what it does not have, and says what', () => {
    const name = artifactNames().find(found => found.startsWith('ecadd') && found.includes('beta.26')) ?? '';
    const { program } = decodeArtifact(readArtifact(name));
    const made = compileWitnessProgram(program, lowerProgram(program).recipe);
    assert.deepEqual(made, { kind: 'uncompilable', reason: 'the black box embedded-curve-add' });
  });

  it('reads or refuses thousands of edited programs, and never crashes', async () => {
    const stream = seededRandom(SEED);
    let refused = 0;
    for (const good of samplePrograms()) {
      for (let edit = 0; edit < 400; edit++) {
        const bytes = edited(good, stream);
        try {
          const loaded = await kernel.witness?.load(bytes);
          assert.ok(loaded);
          const found = await loaded
            .solve(new Array<bigint>(Math.min(loaded.inputCount, 1000)).fill(3n), { stepLimit: 10_000 })
            .catch(String);
          if (typeof found !== 'string' && found.kind === 'solved') found.release();
          loaded.release();
        } catch (error) {
          assert.ok(error instanceof BionoirError, String(error));
          assert.ok(['MALFORMED_PROGRAM', 'KERNEL_FAILED'].includes(error.code), error.message);
          refused++;
        }
      }
    }
    assert.ok(refused > 500, `${refused} refused`);
  });
});

describe("the library's hints", () => {
  it('are recognised by what they do, and others are not', () => {
    const functions = [shifted(0n), shifted(1n)].map(opcodes => ({ name: 'f', opcodes }));
    const program: Program = { functions: [], unconstrained: functions };
    const probe = probeFunctions(program);
    assert.deepEqual(probe(0, 7n), [1n]);
    assert.deepEqual(probe(1, p - 5n), [0n]);
  });
});

/** Whether the argument is below (p - 1) / 2 + offset, as a field element. */
function shifted(offset: bigint): BrilligOpcode[] {
  const cell = (index: number) => ({ base: 'memory', index }) as const;
  return [
    { kind: 'const', destination: cell(1), type: 32, value: 1n },
    { kind: 'const', destination: cell(2), type: 32, value: 0n },
    { kind: 'calldata-copy', destination: cell(10), size: cell(1), offset: cell(2) },
    { kind: 'const', destination: cell(11), type: 'field', value: (p - 1n) / 2n + offset },
    { kind: 'binary-field', operation: 'lte', destination: cell(12), left: cell(10), right: cell(11) },
    { kind: 'cast', destination: cell(13), source: cell(12), type: 'field' },
    { kind: 'const', destination: cell(3), type: 32, value: 13n },
    { kind: 'stop', data: { pointer: cell(3), size: cell(1) } },
  ];
}

/** A function that loops for ever. */
async function loadLoop(kernel: Kernel) {
  const [input, output] = [acirWitness(0), acirWitness(1)];
  const program: Program = {
    functions: [
      {
        name: 'main',
        opcodes: [
          {
            kind: 'brillig-call',
            id: 0,
            inputs: [{ kind: 'single', expression: witnessExpression(input) }],
            outputs: [{ kind: 'simple', witness: output }],
            predicate: ONE_EXPRESSION,
          },
        ],
        privateParameters: [input],
        publicParameters: [],
        returnValues: [output],
        assertMessages: [],
      },
    ],
    unconstrained: [{ name: 'loop', opcodes: [{ kind: 'jump', target: 0 }] }],
  };
  const loaded = await loadFor(kernel, program, lowerProgram(program));
  assert.ok(loaded);
  return { program, loaded };
}

/** Programs with calls, memory, unconstrained functions, and lookups. */
function samplePrograms(): Uint8Array[] {
  return ['fold', 'dynmem', 'brillig', 'radle'].flatMap(program => {
    const name = artifactNames().find(found => found.startsWith(`${program}.`) && found.includes('beta.26'));
    if (name === undefined) return [];
    const decoded = decodeArtifact(readArtifact(name)).program;
    return [{}, { lookups: {} }].flatMap(options => {
      const made = compileFor(decoded, lowerProgram(decoded, options));
      return made.kind === 'compiled' ? [made.bytes] : [];
    });
  });
}

const NUMBERS = [0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 1 << 28, 255, 1 << 24];

/** Cuts, flips a bit, or writes a telling word. */
function edited(good: Uint8Array, random: ReturnType<typeof seededRandom>): Uint8Array {
  let bytes = good.slice();
  if (random.below(12) === 0) bytes = bytes.slice(0, random.below(bytes.length));
  for (let edit = 1 + random.below(3); edit > 0 && bytes.length >= 4; edit--) {
    const at = 4 * random.below(Math.floor(bytes.length / 4));
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (random.below(2) === 0) bytes[at + random.below(4)] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    else view.setUint32(at, NUMBERS[random.below(NUMBERS.length)] ?? 0, true);
  }
  return bytes;
}
