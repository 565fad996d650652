import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tfjsToGraph } from '../../converters/tfjs-to-graph/index.ts';
import type { Dataset } from '../../fixtures/data/dataset.ts';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { buildGraph, type Graph, simplifyGraph } from '../../src/graph/index.ts';
import {
  constraintEstimate,
  type HeldOutData,
  measureFidelity,
  quantize,
  quantizeWithBits,
  type SearchOptions,
  searchBits,
} from '../../src/quantize/index.ts';
import { quantizeAgain } from '../../src/quantize/quantize.ts';
import { createJudge } from '../../src/quantize/search/judge.ts';
import { descend, type Knob, monotone } from '../../src/quantize/search/path.ts';
import { assertRejectsCode } from '../support/errors.ts';

function fixture(name: string, input: { min: number; max: number }): Graph {
  const read = (file: string): Uint8Array =>
    readFileSync(new URL(`../../fixtures/models/${name}/${file}`, import.meta.url));
  const weights = new Map([['weights.bin', read('weights.bin')]]);
  return simplifyGraph(
    tfjsToGraph({ model: new TextDecoder().decode(read('model.json')), weights }, { input }),
  );
}

function heldOut(
  { heldOut: { images, labels } }: Dataset,
  count: number,
): HeldOutData & { labels: number[] } {
  return { samples: images.slice(0, count).map(image => [image]), labels: [...labels.slice(0, count)] };
}

function dense(name: string, inputs: number, units: number) {
  const weights = Float32Array.from({ length: inputs * units }, (_, index) => Math.sin(index + 1));
  return { name, op: { kind: 'dense', units, weights, bias: new Float32Array(units) } } as const;
}

/** A network of one number. */
const SCORE = buildGraph({
  name: 'score',
  nodes: [
    { name: 'x', op: { kind: 'input', shape: [4], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } } },
    dense('hidden', 4, 8),
    { name: 'relu', op: { kind: 'relu' } },
    dense('score', 8, 1),
  ],
});
const SCORE_DATA = {
  samples: Array.from({ length: 40 }, (_, index) => [[1, 2, 3, 5].map(step => (index * 37 * step) % 256)]),
};

describe('the search for bits', () => {
  const digits = fixture('digits', { min: 0, max: 16 });
  const digitsData = heldOut(loadDigits(), 400);
  const search = (options: Partial<SearchOptions>, data: HeldOutData = digitsData) =>
    searchBits(digits, data, { target: {}, ...options });

  it('saves constraints within the loss of accuracy that is allowed', async () => {
    for (const maxDrop of [0, 0.01, 0.05]) {
      const { chosen, initial, quantGraph } = await search({ target: { maxDrop } });
      assert.ok(chosen.drop <= maxDrop, `${chosen.drop}`);
      assert.ok(chosen.constraintCount < initial.constraintCount);
      assert.equal(constraintEstimate(quantGraph).total, chosen.constraintCount);
      const [output] = measureFidelity(digits, quantGraph, digitsData.samples, digitsData.labels).outputs;
      const lost = (output?.floatCorrectCount ?? 0) - (output?.integerCorrectCount ?? 0);
      assert.equal(lost / 400, chosen.drop);
    }
  });

  it('keeps below a number of constraints, and loses less with more of them', async () => {
    const [few, many] = await Promise.all(
      [490, 560].map(maxConstraints => search({ target: { maxConstraints } })),
    );
    assert.ok(few && few.chosen.constraintCount <= 490);
    assert.ok(many && many.chosen.constraintCount <= 560);
    assert.ok(many.chosen.drop <= few.chosen.drop);
    assert.ok(many.chosen.error < few.chosen.error);
  });

  it('gives the same for the same data', async () => {
    const options = { target: { maxDrop: 0.01 } };
    assert.deepEqual(await search(options), await search(options));
  });

  it('gives options that make just the network that it found', async () => {
    const { quantize: options, quantGraph, chosen } = await search({ target: { maxDrop: 0.01 } });
    const again = await search({ target: {}, quantize: options });
    assert.deepEqual(again.quantGraph, quantGraph);
    assert.equal(again.chosen.constraintCount, chosen.constraintCount);
    assert.equal(again.chosen.kind, 'default');
  });

  it('goes by the share of other classes without labels', async () => {
    const result = await search({ target: { maxDrop: 0.02 } }, { samples: digitsData.samples });
    assert.equal(result.dropKind, 'disagreement');
    assert.equal(result.floatAccuracy, undefined);
    const [output] = measureFidelity(digits, result.quantGraph, digitsData.samples).outputs;
    assert.equal(1 - (output?.agreementCount ?? 0) / 400, result.chosen.drop);
    assert.ok(result.chosen.drop <= 0.02);
  });

  it('goes by the mean error of a single number', async () => {
    const { dropKind, chosen, initial } = await searchBits(SCORE, SCORE_DATA, {
      target: { maxDrop: 0.02 },
    });
    assert.equal(dropKind, 'error');
    assert.ok(chosen.drop <= 0.02 && chosen.drop > initial.drop);
    assert.ok(chosen.constraintCount < initial.constraintCount);
  });

  it('goes by the mean error of an embedding, and weighs margins against bits within a number of constraints', async () => {
    const { nodes, ...rest } = SCORE;
    const specs = nodes.map(({ name, op }) => ({
      name,
      op: op.kind === 'dense' && name === 'score' ? dense('score', 8, 4).op : op,
    }));
    const embedding = buildGraph({
      name: rest.name,
      nodes: [...specs, { name: 'unit', op: { kind: 'l2-normalize', epsilon: 1e-6 } }],
    });
    const data = { samples: SCORE_DATA.samples, labels: SCORE_DATA.samples.map(() => 0) };
    const quantize = {
      widths: 'calibrated',
      calibration: SCORE_DATA.samples.slice(0, 2),
      marginBits: 0,
    } as const;
    const initial = await searchBits(embedding, data, { target: {}, quantize });
    assert.equal(initial.dropKind, 'error');
    assert.ok(initial.chosen.refusedCount > 0);
    const fractions: number[] = [];
    const { chosen, points } = await searchBits(embedding, data, {
      target: { maxConstraints: Math.round(1.2 * initial.chosen.constraintCount) },
      quantize,
      onProgress: (_, fraction) => fractions.push(fraction),
    });
    assert.ok(chosen.drop < initial.chosen.drop, `${chosen.drop}`);
    assert.ok((chosen.marginBits ?? 0) > 0);
    assert.deepEqual([...new Set(points.map(({ marginBits }) => marginBits))].sort(), [0, 1, 2, 3]);
    assert.deepEqual(
      fractions,
      [...fractions].sort((left, right) => left - right),
    );
  });

  it('never finds a dearer network than the one it starts from where that one meets the target', async () => {
    const { initial } = await search({});
    for (const maxDrop of [initial.drop, initial.drop + 0.005]) {
      const { chosen } = await search({ target: { maxDrop } });
      assert.ok(chosen.constraintCount <= initial.constraintCount);
    }
  });

  it('searches the margin of calibrated widths, which samples beyond them count against', async () => {
    const exact = await search({ target: { maxDrop: 0.01 } });
    const { chosen, quantize: options } = await search({
      target: { maxDrop: 0.01 },
      quantize: { widths: 'calibrated' },
    });
    assert.ok(chosen.constraintCount < exact.chosen.constraintCount);
    assert.ok(chosen.drop <= 0.01);
    assert.equal(options.calibration?.length, 200);
    assert.equal(chosen.marginBits, options.marginBits);
  });

  it('tries table widths where constraints are lookups', async () => {
    const cost = (lookupWidth: number) => (graph: Parameters<typeof constraintEstimate>[0]) =>
      constraintEstimate(graph, { lookupWidth }).total;
    const { points } = await search({ target: { maxDrop: 0.01 }, cost: cost(4), lookupWidths: [4, 6] });
    assert.deepEqual([...new Set(points.map(({ lookupWidth }) => lookupWidth))].sort(), [0, 4, 6]);
  });

  it('stops when asked to, between two samples', async () => {
    const controller = new AbortController();
    const steps: string[] = [];
    const stop = (step: string): void => {
      steps.push(step);
      if (steps.length === 3) controller.abort();
    };
    await assertRejectsCode(
      () => search({ target: { maxDrop: 0.01 }, onProgress: stop, signal: controller.signal }),
      'ABORTED',
      'Stopped during the search for bits. Nothing was changed; start again when ready.',
    );
    assert.equal(steps.length, 3);
  });

  it('tells how far it is', async () => {
    const fractions: number[] = [];
    await search({ target: { maxDrop: 0.01 }, onProgress: (_, fraction) => fractions.push(fraction) });
    assert.equal(fractions.at(-1), 1);
    assert.deepEqual(
      fractions,
      [...fractions].sort((left, right) => left - right),
    );
  });

  it('meets its target on a convolutional network', async () => {
    const mnist = fixture('mnist-cnn', { min: 0, max: 255 });
    const data = heldOut(loadMnist(), 40);
    const { chosen, initial, quantGraph } = await searchBits(mnist, data, { target: { maxDrop: 0.025 } });
    const [output] = measureFidelity(mnist, quantGraph, data.samples, data.labels).outputs;
    assert.ok((output?.floatCorrectCount ?? 0) - (output?.integerCorrectCount ?? 0) <= 1);
    assert.ok(chosen.constraintCount < 0.9 * initial.constraintCount, `${chosen.constraintCount}`);
  });

  it('refuses targets that nothing meets', async () => {
    await assertRejectsCode(
      () => search({ target: { maxConstraints: 400 } }),
      'CALIBRATION',
      /^No choice of bits keeps within 400 constraints; the least found are \d+\. Allow more constraints, or use lookups\.$/,
    );
    await assertRejectsCode(
      () => search({ target: { maxDrop: 0.01, maxConstraints: 400 } }),
      'CALIBRATION',
      /^No choice of bits within the drop keeps within 400 constraints; the least found are \d+\. Allow more constraints or a larger drop, or use lookups\.$/,
    );
    await assertRejectsCode(
      () => searchBits(SCORE, SCORE_DATA, { target: { maxDrop: 0 } }),
      'CALIBRATION',
      /^No choice of bits keeps within a drop of 0\.00 percentage points; with the most bits tried it is \d+\.\d\d percentage points\. Allow a larger drop, or give more data\.$/,
    );
  });

  it('refuses targets that are none, and data that is none', async () => {
    await assertRejectsCode(
      () => search({ target: { maxDrop: 2 } }),
      'USAGE',
      'The search for bits was given maxDrop 2 and maxConstraints undefined; maxDrop is a share from 0 to 1, maxConstraints a whole number from 1.',
    );
    await assertRejectsCode(
      () => search({}, { samples: [] }),
      'MALFORMED_INPUT',
      'The search for bits was given no samples; give some that the network was not trained on.',
    );
    await assertRejectsCode(
      () => search({}, { samples: digitsData.samples, labels: [1] }),
      'MALFORMED_INPUT',
      'The search for bits was given 400 samples and 1 labels; give one label per sample, or none.',
    );
  });
});

describe('a quantisation that follows an earlier one', () => {
  const mnist = fixture('mnist-cnn', { min: 0, max: 255 });
  const calibration = heldOut(loadMnist(), 4).samples;
  const options = { calibration, nodeBits: { ...Object.fromEntries(quantizeWithBits(mnist, {}).bits) } };

  it('gives what it would give by itself, and shares the nodes before the first that differs', () => {
    let earlier = quantizeAgain(mnist, options);
    for (const name of ['dense_3', 'conv_2', 'conv_1_relu', 'conv_1', 'dense_3']) {
      const nodeBits = { ...options.nodeBits, [name]: 5 };
      const again = quantizeAgain(mnist, { ...options, nodeBits }, earlier.trail);
      const { quantGraph, bits } = quantizeWithBits(mnist, { ...options, nodeBits });
      assert.deepEqual(again.quantGraph, quantGraph);
      assert.deepEqual(again.bits, bits);
      const parted = again.quantGraph.nodes.findIndex((node, id) => node !== earlier.quantGraph.nodes[id]);
      const names = mnist.nodes.map(node => node.name);
      const isOther = (each: string): boolean =>
        earlier.trail.options.nodeBits[each] !== again.trail.options.nodeBits[each];
      assert.equal(again.quantGraph.nodes[parted]?.name, names.find(isOther));
      earlier = again;
    }
  });

  it('begins anew for other options, samples or networks', () => {
    const { trail } = quantizeAgain(mnist, options);
    for (const other of [{ marginBits: 3 }, { calibration: [...calibration] }]) {
      const again = quantizeAgain(mnist, { ...options, ...other }, trail);
      assert.notEqual(again.quantGraph.nodes[0], trail.states[1]?.builder.nodes[0]);
    }
    const copy = { ...mnist };
    assert.notEqual(
      quantizeAgain(copy, options, trail).quantGraph.nodes[0],
      trail.states[1]?.builder.nodes[0],
    );
  });
});

describe('the judge', () => {
  const digits = fixture('digits', { min: 0, max: 16 });
  const data = heldOut(loadDigits(), 200);
  const coarse = quantize(digits, { weightBits: 2, activationBits: 2 });

  it('stops only where the drop would be beyond the limit', async () => {
    for (const own of [data, { samples: data.samples }]) {
      const judge = await createJudge(digits, own);
      const { drop = 0 } = (await judge.judge(coarse)) ?? {};
      assert.ok(drop > 0);
      assert.equal((await judge.judge(coarse, { dropLimit: drop }))?.drop, drop);
      assert.equal(await judge.judge(coarse, { dropLimit: drop - 1 / 400 }), undefined);
    }
  });

  it('says the same of a network whatever it judged before', async () => {
    const judge = await createJudge(digits, data);
    const first = quantizeAgain(digits, { nodeBits: { dense_2: 3 } });
    const second = quantizeAgain(digits, { nodeBits: { dense_2: 4 } }, first.trail);
    await judge.judge(first.quantGraph, { sampleCount: 50 });
    const after = await judge.judge(second.quantGraph);
    assert.deepEqual(after, await (await createJudge(digits, data)).judge(second.quantGraph));
  });
});

describe('the path of bits', () => {
  const knob = (name: string, price: number): Knob => ({ name, price, min: 2, max: 4 });

  it('gives up first what does least harm for its price', () => {
    const knobs = [knob('cheap', 1), knob('dear', 100)];
    const path = descend(knobs, (_, bits) => 4 ** -bits);
    assert.deepEqual(path, [
      { cheap: 4, dear: 4 },
      { cheap: 4, dear: 3 },
      { cheap: 4, dear: 2 },
      { cheap: 3, dear: 2 },
      { cheap: 2, dear: 2 },
    ]);
  });

  it('takes measurements that rise with bits as noise', () => {
    const harm = monotone(
      knob('x', 1),
      new Map([
        [2, 9],
        [3, 1],
        [4, 2],
      ]),
    );
    assert.deepEqual(
      [...harm],
      [
        [2, 9],
        [3, 1],
        [4, 1],
      ],
    );
  });
});
