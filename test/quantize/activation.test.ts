import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seededRandom } from '../../fixtures/data/random.ts';
import { BionoirError } from '../../src/errors.ts';
import {
  evaluateQuantGraph,
  evaluateQuantNodes,
  type QuantizeOptions,
  quantize,
  quantizeInput,
} from '../../src/quantize/index.ts';
import { slopeFraction } from '../../src/quantize/slope.ts';
import { assertThrowsCode } from '../support/errors.ts';
import {
  assertWithinBounds,
  chain,
  denseOf,
  findNode,
  integersOf,
  NO_PADDING,
  plainDomain,
  tensor,
} from './support/graphs.ts';
import { randomGraph, randomSample } from './support/random-graphs.ts';

/** So many bits, no more where they are cheap. */
function exactly(weightBits: number, activationBits: number): QuantizeOptions {
  return { weightBits, freeWeightBits: weightBits, activationBits, freeActivationBits: activationBits };
}

/** Two layers, so that the first activation has its price. */
function twoLayers(first: Parameters<typeof denseOf>[0], activation: Parameters<typeof chain>[2]) {
  const units = first[0]?.length ?? 0;
  const second = Array.from({ length: units }, () => [1]);
  return chain(
    [first.length],
    plainDomain(0, 15),
    denseOf(first, new Array<number>(units).fill(0)),
    activation,
    denseOf(second, [0]),
    { kind: 'relu' },
  );
}

describe('quantised activations', () => {
  it('keep activationBits of the largest value seen, and prove the exact bound of each channel', () => {
    const graph = twoLayers(
      [
        [1, 0.5, -1],
        [1, -1, -0.25],
      ],
      { kind: 'relu' },
    );
    const calibration = [[[15, 15]]]; // the largest value: 30 * 2^7 = 3840, 12 bits
    const relu = findNode(quantize(graph, { ...exactly(8, 5), calibration }), 'relu_2', 'relu');
    assert.equal(relu.op.shiftBits, 7);
    assert.equal(relu.scaleBits, 0);
    assert.deepEqual(
      relu.op.sign,
      ['any', 'any', 'non-positive'].map((s, i) => (i === 0 ? 'non-negative' : s)),
    );
    // 30, in (-15, 7.5] rounded up, and 18.75 below zero
    assert.deepEqual(relu.op.quotientBits, [5, 4, 5]);
    assert.deepEqual(relu.bounds, { min: [0n, 0n, 0n], max: [30n, 8n, 0n] });
  });

  it('choose scales from probes when there is no calibration data', () => {
    const graph = twoLayers([[1], [1]], { kind: 'relu' });
    const relu = findNode(quantize(graph, { ...exactly(8, 5) }), 'relu_2', 'relu');
    assert.equal(relu.op.shiftBits, 7);
  });

  it('fall back to the bounds where no sample is ever positive', () => {
    const graph = twoLayers([[1], [-1]], { kind: 'relu' });
    const calibration = [[[0, 15]]];
    const relu = findNode(quantize(graph, { ...exactly(8, 5), calibration }), 'relu_2', 'relu');
    assert.equal(relu.op.shiftBits, 6); // 15 * 2^7 has 11 bits
  });

  it('cap at the output scale, and only where a channel can reach the cap', () => {
    const capped = twoLayers([[1, 0.25]], { kind: 'relu', max: 6 });
    const options = { ...exactly(8, 4), calibration: [[[15]]] };
    const relu = findNode(quantize(capped, options), 'relu_2', 'relu');
    assert.equal(relu.op.shiftBits, 6); // 6 * 2^7 = 768 has 10 bits
    assert.equal(relu.op.max, 12n);
    assert.deepEqual(relu.op.capBits, [5, 0]); // 30 - 12 = 18; the second channel ends at 7.5
    assert.deepEqual(relu.bounds.max, [12n, 8n]);
    const [y] = evaluateQuantGraph(quantize(capped, options), [tensor([1], [15])]);
    assert.ok(y);
    const free = findNode(quantize(twoLayers([[0.25]], { kind: 'relu', max: 6 }), options), 'relu_2', 'relu');
    assert.deepEqual([free.op.max, free.op.capBits], [undefined, undefined]);
  });

  it('turn slopes into binary fractions', () => {
    assert.deepEqual(slopeFraction(0.25), { numerator: 1, slopeBits: 2 });
    assert.deepEqual(slopeFraction(2 ** -10), { numerator: 1, slopeBits: 10 });
    assert.deepEqual(slopeFraction(0), { numerator: 0, slopeBits: 0 });
    assert.deepEqual(slopeFraction(1.5), { numerator: 3, slopeBits: 1 });
    assert.deepEqual(slopeFraction(-0.5), { numerator: -1, slopeBits: 1 });
    assert.deepEqual(slopeFraction(0.3), { numerator: 77, slopeBits: 8 });
    assert.deepEqual(slopeFraction(Math.fround(0.01)), { numerator: 5, slopeBits: 9 });
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), slope => {
        const { numerator, slopeBits } = slopeFraction(slope);
        assert.ok(Math.abs(numerator / 2 ** slopeBits - slope) <= 2 ** -9);
      }),
      { seed: 12 },
    );
  });

  it('bound leaky ReLUs by their corners and knee', () => {
    const graph = twoLayers([[1, -1, 1]], { kind: 'leaky-relu', slope: 0.25 });
    const node = findNode(
      quantize(graph, { ...exactly(8, 4), calibration: [[[15]]] }),
      'leaky-relu_2',
      'leaky-relu',
    );
    assert.equal(node.scaleBits, 2);
    assert.deepEqual(node.op.sign, ['non-negative', 'non-positive', 'non-negative']);
    assert.deepEqual(node.bounds, { min: [0n, -15n, 0n], max: [60n, 0n, 60n] });
    const inverted = twoLayers([[1], [-1]], { kind: 'leaky-relu', slope: -1 }); // |x|
    const magnitude = findNode(
      quantize(inverted, { ...exactly(8, 4), calibration: [[[15, 0]]] }),
      'leaky-relu_2',
      'leaky-relu',
    );
    assert.deepEqual(magnitude.bounds, { min: [0n], max: [15n] });
  });

  it('compare only as many bits as two elements of a channel can differ by', () => {
    const pool = { kind: 'max-pool2d', poolSize: [2, 1], strides: [1, 1], padding: NO_PADDING } as const;
    const node = findNode(quantize(chain([2, 1, 2], plainDomain(-8, 7), pool)), 'max-pool2d_1', 'max-pool2d');
    assert.deepEqual(node.op.differenceBits, [4, 4]);
    const trivial = { ...pool, poolSize: [1, 1] } as const;
    const identity = findNode(
      quantize(chain([2, 1, 2], plainDomain(-8, 7), trivial)),
      'max-pool2d_1',
      'max-pool2d',
    );
    assert.deepEqual(identity.op.differenceBits, [0, 0]);
  });

  it('compare an argmax candidate with every best that can stand before it', () => {
    const graph = chain([1], plainDomain(0, 15), denseOf([[1, 0, -1]], [0, 0, 0]), { kind: 'argmax' });
    const node = findNode(quantize(graph, { weightBits: 1, freeWeightBits: 1 }), 'argmax_2', 'argmax');
    assert.equal(node.op.differenceBits, 5); // -15 - 15 - 1
    assert.deepEqual(node.bounds, { min: [0n], max: [2n] });
  });

  describe('that fit lookups', () => {
    const graph = twoLayers([[1], [-1]], { kind: 'relu' });
    const options = { ...exactly(8, 8), calibration: [[[15, 0]]] };

    it('cut a multiple of the table, or less than one, and prove whole limbs of what is left', () => {
      const plain = findNode(quantize(graph, options), 'relu_2', 'relu'); // 1920 has 11 bits
      assert.deepEqual([plain.op.shiftBits, plain.op.quotientBits], [3, [8]]);
      const fitted = (lookupWidth: number): unknown[] => {
        const { op } = findNode(quantize(graph, { ...options, lookupWidth }), 'relu_2', 'relu');
        return [op.shiftBits, op.quotientBits];
      };
      assert.deepEqual(fitted(2), [2, [10]]);
      assert.deepEqual(fitted(3), [3, [9]]);
      assert.deepEqual(fitted(5), [3, [10]]);
    });

    it('are bounded as before, whatever the proved width', () => {
      const node = findNode(quantize(graph, { ...options, lookupWidth: 5 }), 'relu_2', 'relu');
      assert.deepEqual(node.bounds, findNode(quantize(graph, options), 'relu_2', 'relu').bounds);
    });

    it('refuse tables that no network justifies', () => {
      assertThrowsCode(
        () => quantize(graph, { lookupWidth: 21 }),
        'USAGE',
        "The quantiser's option 'lookupWidth' is 21; it must be a whole number from 0 to 20.",
      );
    });
  });

  describe('with calibrated widths', () => {
    const options = (marginBits: number): QuantizeOptions => ({
      ...exactly(8, 8),
      widths: 'calibrated',
      marginBits,
      calibration: [[[1, 0]], [[0, 2]]],
    });
    const graph = twoLayers([[1], [-1]], { kind: 'relu' });

    it('prove the magnitude seen plus the margin, and bound what follows by it', () => {
      const tight = findNode(quantize(graph, options(0)), 'relu_2', 'relu');
      assert.equal(tight.op.shiftBits, 0); // the largest positive value seen, 128, has 8 bits
      assert.deepEqual(tight.op.quotientBits, [9]); // -256
      assert.deepEqual(tight.bounds, { min: [0n], max: [511n] });
      const wide = findNode(quantize(graph, options(9)), 'relu_2', 'relu');
      assert.deepEqual(wide.op.quotientBits, [11]); // the exact bound
      assert.deepEqual(wide.bounds, { min: [0n], max: [1920n] });
    });

    it('refuse an input beyond them, and prove all others as before', () => {
      const network = quantize(graph, options(0));
      assert.equal(evaluateQuantGraph(network, quantizeInput(network, [[2, 1]])).length, 1);
      const error = assertThrowsCode(
        () => evaluateQuantGraph(network, quantizeInput(network, [[4, 0]])),
        'BOUND_EXCEEDED',
        "Node 'relu_2' (relu) reaches 512 in channel 0 at position [0], but the circuit proves only magnitudes below 512 there. The input lies outside what calibration saw: calibrate with more samples or a larger margin, or use exact widths.",
      );
      assert.equal(error.location, "node 'relu_2'");
    });

    it('keep exact widths where the sign is known and nothing is cut', () => {
      const positive = twoLayers([[1], [1]], { kind: 'relu' });
      const node = findNode(quantize(positive, { ...options(0), calibration: [[[1, 0]]] }), 'relu_2', 'relu');
      assert.deepEqual([node.op.sign, node.op.quotientBits], [['non-negative'], [12]]);
      const negative = twoLayers([[-1], [-1]], { kind: 'relu' });
      const zero = quantize(negative, { ...options(0), calibration: [[[1, 0]]] });
      assert.deepEqual(evaluateQuantGraph(zero, [tensor([2], [15, 15])]).flatMap(integersOf), [0n]);
    });

    it('leave quiet channels within four bits of the loudest', () => {
      const quiet = { ...options(0), calibration: [[[1]]], activationBits: 8 };
      const signed = quantize(
        chain(
          [1],
          plainDomain(-16, 15),
          denseOf([[1, 2 ** -7]], [0, 0]),
          { kind: 'relu' },
          denseOf([[1], [1]], [0]),
          { kind: 'relu' },
        ),
        quiet,
      );
      assert.deepEqual(findNode(signed, 'relu_2', 'relu').op.quotientBits, [8, 4]);
    });

    it('never exceed exact widths, and hold on their own calibration data', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 100_000 }),
          fc.integer({ min: 0, max: 2 }),
          (seed, marginBits) => {
            const random = seededRandom(seed);
            const network = randomGraph(seed);
            const calibration = Array.from({ length: 4 }, () => randomSample(network, random));
            const exact = quantize(network, { calibration });
            const calibrated = quantize(network, { calibration, widths: 'calibrated', marginBits });
            for (const [i, node] of calibrated.nodes.entries()) {
              const other = exact.nodes[i];
              for (const [c, bits] of widthsOf(node.op).entries()) {
                assert.ok(bits <= (widthsOf(other?.op)[c] ?? 0), `${node.name} channel ${c}`);
              }
            }
            for (const sample of calibration) {
              const inputs = quantizeInput(calibrated, sample);
              assert.deepEqual(evaluateQuantNodes(calibrated, inputs), evaluateQuantNodes(exact, inputs));
            }
            for (let i = 0; i < 4; i++) refusesOrAgrees(calibrated, exact, randomSample(network, random));
          },
        ),
        { seed: 13, numRuns: 60 },
      );
    });
  });
});

function widthsOf(op: ReturnType<typeof quantize>['nodes'][number]['op'] | undefined): readonly number[] {
  if (op?.kind === 'relu' || op?.kind === 'leaky-relu') return op.quotientBits;
  return op?.kind === 'max-pool2d' ? op.differenceBits : [];
}

function refusesOrAgrees(
  calibrated: ReturnType<typeof quantize>,
  exact: ReturnType<typeof quantize>,
  sample: ReturnType<typeof randomSample>,
): void {
  const inputs = quantizeInput(calibrated, sample);
  try {
    const tensors = evaluateQuantNodes(calibrated, inputs);
    assert.deepEqual(tensors, evaluateQuantNodes(exact, inputs));
    for (const node of calibrated.nodes) assertWithinBounds(node, tensors[node.id]);
  } catch (error) {
    if (!(error instanceof BionoirError)) throw error;
    assert.equal(error.code, 'BOUND_EXCEEDED');
  }
}
