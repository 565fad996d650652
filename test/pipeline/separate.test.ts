import assert from 'node:assert/strict';
import { decodeArtifact, linkArtifacts } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { BionoirError } from '../../src/errors.ts';
import { buildGraph, elementCount, type Graph, type InputDomain } from '../../src/graph/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import type { NoirPackage } from '../../src/noir/types.ts';
import { type Circuit, lowerArtifact, solve } from '../../src/pipeline/index.ts';
import { evaluateQuantGraph, quantize, quantizeInput } from '../../src/quantize/index.ts';
import {
  type CompileCache,
  type Compiled,
  type Diagnostic,
  executeArtifact,
  type NoirArtifact,
  type NoirWasmSession,
  noirWasmSession,
} from '../../src/toolchain/index.ts';
import { type SeparateOptions, separateCompiler } from '../../src/toolchain/separate/separate.ts';
import { conv, dense } from '../graph/support/ops.ts';
import { MNIST_CASE, TRAINED_CASES } from '../parity/support/cases.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const MAIN = `mod conv;
mod dense;
mod circuits;

fn main(x: [[Field; 2]; 3], limit: pub Field) -> pub [Field; 4] {
    circuits::declare!();

    let y = dense::forward(conv::forward(x));
    assert(y[0] != limit, "too much");
    y
}
`;
const FILES = {
  'src/circuits.nr': `pub comptime fn declare() -> Quoted {
    quote {
        let _ = crate::conv::row;
        let _ = crate::conv::cell;
        let _ = crate::dense::units_0_to_1::forward;
        let _ = crate::dense::units_2_to_3::forward;
    }
}
`,
  'src/conv.nr': `//! A header.
pub fn forward(x: [[Field; 2]; 3]) -> [Field; 3] {
    let mut output = [0; 3];
    for y in 0..3 {
        output[y] = row(x[y])[0];
    }
    output
}

/// One row: the first half of its product.
#[fold]
pub(crate) fn row(x: [Field; 2]) -> [Field; 1] {
    [cell(x)[0] + cell([x[1], 2])[0]]
}

#[fold]
pub(crate) fn cell(x: [Field; 2]) -> [Field; 1] {
    // Safety: the product is checked.
    let half = unsafe { half_of(x[0] * x[1]) };
    assert(half * 2 == x[0] * x[1], "an odd product");
    half.assert_max_bit_size::<8>();
    [half]
}

unconstrained fn half_of(x: Field) -> Field {
    (x as u64 / 2) as Field
}
`,
  'src/dense.nr': `mod weights;
pub(crate) mod units_0_to_1;
pub(crate) mod units_2_to_3;

use weights::BIASES;

pub fn forward(x: [Field; 3]) -> [Field; 4] {
    let sums = units_0_to_1::forward(x).concat(units_2_to_3::forward(x));
    sums.mapi(|index, sum| sum + BIASES[index])
}
`,
  'src/dense/weights.nr': 'pub global BIASES: [Field; 4] = [1, 2, 3, 4];\n',
  'src/dense/units_0_to_1.nr': unitsText(0),
  'src/dense/units_0_to_1/weights.nr': 'pub global WEIGHTS: [Field; 1] = [7];\n',
  'src/dense/units_2_to_3.nr': unitsText(2),
  'src/dense/units_2_to_3/weights.nr': 'pub global WEIGHTS: [Field; 1] = [8];\n',
};

function unitsText(first: number): string {
  return `mod weights;

use weights::WEIGHTS;

#[fold]
pub(crate) fn forward(x: [Field; 3]) -> [Field; 2] {
    // Safety: the inverse is checked.
    let inverse = unsafe { inverse_of(x[0] + 1) };
    assert_eq(inverse * (x[0] + 1), 1);
    [WEIGHTS[0] * x[0] + inverse, ${first + 1} * x[1] * x[2]]
}

unconstrained fn inverse_of(x: Field) -> Field {
    1 / x
}
`;
}

const INPUTS = {
  x: [
    ['6', '1'],
    ['4', '1'],
    ['2', '1'],
  ],
  limit: '5',
};

/** A cache in memory that counts. */
function countingCache(): CompileCache & { readonly entries: Map<string, Compiled> } {
  const entries = new Map<string, Compiled>();
  return {
    entries,
    get: async key => entries.get(key),
    put: async (key, compiled) => void entries.set(key, compiled),
  };
}

describe('a package compiled in parts', function () {
  this.timeout(240_000);
  let session: NoirWasmSession;
  before(() => {
    session = noirWasmSession();
  });
  after(() => session.close());

  const compiler = (options: Partial<SeparateOptions> = {}) =>
    separateCompiler({
      compiler: 'noir_wasm',
      startSession: () => ({ ...session, close: () => {} }),
      link: linkArtifacts,
      parts: 'always',
      compilerCount: 1,
      ...options,
    });

  async function compileTelling(
    source: NoirPackage,
    options: Partial<SeparateOptions> = {},
  ): Promise<{ artifact: NoirArtifact; steps: string[]; notices: string[]; warnings: Diagnostic[] }> {
    const [steps, notices, warnings]: [string[], string[], Diagnostic[]] = [[], [], []];
    const artifact = await compiler(options).compile(source, {
      onProgress: step => steps.push(step.replace(/ \(.*/, '')),
      onNotice: text => notices.push(text),
      onWarning: warning => warnings.push(warning),
    });
    return { artifact, steps, notices, warnings };
  }

  describe('is the program of the whole package', () => {
    const source = programPackage(MAIN, FILES);
    let linked: Awaited<ReturnType<typeof compileTelling>>;
    let whole: NoirArtifact;
    let first: string;
    before(async () => {
      linked = await compileTelling(source);
      whole = await session.compile(source);
      const { returnValue } = await executeArtifact(whole, INPUTS);
      first = (returnValue as string[])[0] ?? '';
    });

    it('with the same constraints', async () => {
      assert.deepEqual(linked.notices, []);
      assert.deepEqual(linked.warnings, []);
      assert.deepEqual(linked.steps.sort(), [
        'conv compiled',
        'dense/units_0_to_1 compiled',
        'dense/units_2_to_3 compiled',
        'main compiled',
      ]);
      assertSameSystem(await lowerArtifact(linked.artifact), await lowerArtifact(whole));
    });

    it('with the same witness on both machines', async () => {
      const inputs = { ...INPUTS };
      const [expected, actual] = [
        await executeArtifact(whole, inputs),
        await executeArtifact(linked.artifact, inputs),
      ];
      assert.deepEqual(actual.returnValue, expected.returnValue);
      const { program } = decodeArtifact(linked.artifact);
      const ours = await executeArtifact(linked.artifact, inputs, { program });
      assert.deepEqual(ours.returnValue, expected.returnValue);
      assert.equal(actual.stack.length, expected.stack.length);
    });

    it('with one copy of equal unconstrained functions', () => {
      const { unconstrained } = decodeArtifact(linked.artifact).program;
      assert.ok(unconstrained.length <= decodeArtifact(whole).program.unconstrained.length);
      assert.equal(unconstrained.length, 3);
    });

    it('that names lines of the package when it stops', async () => {
      const odd = {
        ...INPUTS,
        x: [
          ['6', '1'],
          ['3', '3'],
          ['2', '1'],
        ],
      };
      for (const artifact of [whole, linked.artifact]) {
        await assertRejectsCode(
          () => executeArtifact(artifact, odd),
          'EXECUTION_FAILED',
          /assertion failed: an odd product at \/program\/src\/conv\.nr:20:5/,
        );
        await assertRejectsCode(
          () => executeArtifact(artifact, { ...INPUTS, limit: first }),
          'EXECUTION_FAILED',
          /assertion failed: too much at \/program\/src\/main\.nr:9:5/,
        );
      }
    });

    it('with places that the whole has', () => {
      const places = (artifact: NoirArtifact): Set<string> => {
        const { program, locate } = decodeArtifact(artifact);
        return new Set(
          program.functions.flatMap((circuit, index) =>
            circuit.opcodes.map((_, opcode) => `${circuit.name} ${JSON.stringify(locate(index, opcode))}`),
          ),
        );
      };
      assert.deepEqual(places(linked.artifact), places(whole));
    });
  });

  describe('is not compiled again where nothing changed', () => {
    const cache = countingCache();
    const source = programPackage(MAIN, FILES);
    before(() => compileTelling(source, { cache }));

    it('at all for the same package', async () => {
      const { steps, artifact } = await compileTelling(source, { cache, startSession: refuse });
      assert.deepEqual(steps, ['everything as in an earlier run']);
      assert.equal((await executeArtifact(artifact, INPUTS)).stack.length, 12);
    });

    it('in other layers, when a weight changes', async () => {
      const weights = 'pub global WEIGHTS: [Field; 1] = [9];\n';
      const edited = programPackage(MAIN, { ...FILES, 'src/dense/units_2_to_3/weights.nr': weights });
      const { steps, artifact } = await compileTelling(edited, { cache });
      assert.deepEqual(
        steps.filter(step => step.endsWith('compiled')),
        ['dense/units_2_to_3 compiled'],
      );
      assertSameSystem(await lowerArtifact(artifact), await lowerArtifact(await session.compile(edited)));
    });

    it('in layers, when main is edited by hand', async () => {
      const main = MAIN.replace('limit: pub Field', 'limit: pub Field, nonce: pub Field').replace(
        '    y\n',
        '    assert(nonce != 7);\n    y\n',
      );
      const edited = programPackage(main, FILES);
      const { steps, artifact } = await compileTelling(edited, { cache });
      assert.deepEqual(
        steps.filter(step => step.endsWith('compiled')),
        ['main compiled'],
      );
      assertSameSystem(await lowerArtifact(artifact), await lowerArtifact(await session.compile(edited)));
    });

    it('in layers that were ready when a run was interrupted', async () => {
      const interrupted = countingCache();
      const stop = new AbortController();
      const tool = compiler({ cache: interrupted });
      await assertRejectsCode(
        () => tool.compile(source, { signal: stop.signal, onProgress: () => stop.abort() }),
        'ABORTED',
      );
      assert.equal(interrupted.entries.size, 1);
      session.close();
      const { steps } = await compileTelling(source, { cache: interrupted });
      assert.equal(steps.filter(step => step.endsWith('compiled')).length, 3);
    });
  });

  describe('with a mistake', () => {
    it('in main says where, as the whole package would', async () => {
      const source = programPackage(MAIN.replace('y[0] != limit', 'z != limit'), FILES);
      await assertRejectsCode(
        () => compiler().compile(source),
        'COMPILE_FAILED',
        "The Noir package 'program' does not compile:\n" +
          '  src/main.nr:9:12: cannot find `z` in this scope (not found in this scope)\n' +
          'Correct the source and compile again.',
      );
    });

    it('in a layer says where, as the whole package would', async () => {
      const conv = FILES['src/conv.nr'].replace('half * 2', '/* twice */ halves * 2');
      await assertRejectsCode(
        () => compiler().compile(programPackage(MAIN, { ...FILES, 'src/conv.nr': conv })),
        'COMPILE_FAILED',
        "The Noir package 'program' does not compile:\n" +
          '  src/conv.nr:20:24: cannot find `halves` in this scope (not found in this scope)\n' +
          'Correct the source and compile again.',
      );
    });

    it('of taking it apart is compiled whole, and says why', async () => {
      const { notices, artifact } = await compileTelling(programPackage(MAIN, FILES), {
        link: () => {
          throw new BionoirError('MALFORMED_ARTIFACT', 'The parts do not fit.');
        },
      });
      assert.deepEqual(notices, [
        'The package cannot be compiled layer by layer (The parts do not fit.); it is compiled as a whole, which takes longer.',
      ]);
      assert.equal((await executeArtifact(artifact, INPUTS)).stack.length, 12);
    });
  });

  it('is the same network when layers are divided among modules', async () => {
    for (const [graph, size, modules] of [
      [sliding(), 120, ['conv', 'conv/filters_0_to_5', 'conv/filters_6_to_6', 'dense', 'dense/units_0_to_1']],
      [wide(), 2048, ['dense', 'dense/inputs_0_to_1023', 'dense/inputs_2048_to_2099']],
    ] as const) {
      const quantGraph = quantize(graph);
      const source = generatePackage(quantGraph, { division: { from: 1, size } });
      for (const name of modules) assert.ok(source.files.has(`src/${name}.nr`), name);
      const { artifact, notices } = await compileTelling(source);
      assert.deepEqual(notices, []);
      const divided = await lowerArtifact(artifact);
      const random = seededRandom(7);
      const sample = Array.from({ length: elementCount(graph.nodes[0]?.shape ?? []) }, () =>
        random.below(256),
      );
      const { publicSignals } = await solve({ ...divided, quantGraph }, [sample]);
      const [expected] = evaluateQuantGraph(quantGraph, quantizeInput(quantGraph, [sample]));
      assert.deepEqual(publicSignals.map(Number), [...(expected?.data ?? [])]);
      assert.ok(publicSignals.some(value => value !== 0n));
      const layers = divided.lowered.system.provenance.map(({ layer }) => layer);
      assert.deepEqual(
        [...new Set(layers)].filter(layer => layer?.includes('_')),
        [],
      );
    }
  });

  it('may have layers divided by inputs and by units', () => {
    const { files } = generatePackage(quantize(wide()), { division: { from: 1, size: 120 } });
    const module = files.get('src/dense/inputs_0_to_1023_units_1_to_1.nr') ?? '';
    assert.match(module, /pub\(crate\) fn part_0\(input: \[Field; 1024\]\) -> \[Field; 1\]/);
    assert.match(files.get('src/dense.nr') ?? '', /inputs_0_to_1023_units_1_to_1::part_0\(input\)/);
  });

  it('is the program of the whole package, for trained networks', async () => {
    for (const { graph, name } of [...TRAINED_CASES.slice(0, 1), MNIST_CASE]) {
      const quantGraph = graph();
      const source = generatePackage(quantGraph);
      const { artifact, notices, steps } = await compileTelling(source);
      assert.deepEqual(notices, []);
      assert.ok(steps.length > 2, steps.join());
      const [linked, whole] = [
        await lowerArtifact(artifact),
        await lowerArtifact(await session.compile(source)),
      ];
      assertSameSystem(linked, whole);
      const input = quantGraph.nodes[quantGraph.inputs[0] as number];
      const sample = Array.from({ length: elementCount(input?.shape ?? []) }, (_, index) => (index * 7) % 17);
      const [actual, expected] = [
        await solve({ ...linked, quantGraph }, [sample]),
        await solve({ ...whole, quantGraph }, [sample]),
      ];
      assert.deepEqual(actual.wires, expected.wires, name);
    }
  });
});

const BYTE: InputDomain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };

/** A convolution and a dense layer. */
function sliding(): Graph {
  const random = seededRandom(3);
  const fill = (): number => random.uniform() - 0.5;
  return buildGraph({
    name: 'sliding',
    nodes: [
      { name: 'x', op: { kind: 'input', shape: [5, 4, 2], domain: BYTE } },
      { name: 'conv', op: conv({ channels: 2, filters: 7 }, fill) },
      { name: 'conv_relu', op: { kind: 'relu' } },
      { name: 'flat', op: { kind: 'reshape', shape: [42] } },
      { name: 'dense', op: dense(42, 5, fill) },
      { name: 'dense_relu', op: { kind: 'relu' } },
    ],
  });
}

/** A dense layer whose inputs are read in parts. */
function wide(): Graph {
  const random = seededRandom(4);
  return buildGraph({
    name: 'wide',
    nodes: [
      { name: 'x', op: { kind: 'input', shape: [2100], domain: BYTE } },
      { name: 'dense', op: dense(2100, 2, () => random.uniform() - 0.5) },
      { name: 'dense_relu', op: { kind: 'relu' } },
    ],
  });
}

function refuse(): never {
  throw new Error('Nothing was to be compiled.');
}

/** The same constraints on the same wires: linking keeps even their order. */
function assertSameSystem(actual: Circuit, expected: Circuit): void {
  const [{ provenance: _1, provenanceIds: _2, ...left }, { provenance: _3, provenanceIds: _4, ...right }] = [
    actual.lowered.system,
    expected.lowered.system,
  ];
  assert.deepEqual(left, right);
}
