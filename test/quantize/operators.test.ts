import assert from 'node:assert/strict';
import { buildGraph, compose, type Graph, type InputDomain, type NodeSpec } from '../../src/graph/index.ts';
import {
  constraintEstimate,
  decodeQuantGraph,
  encodeQuantGraph,
  evaluateQuantNodes,
  planEvaluation,
  printQuantGraph,
  type QuantGraph,
  quantize,
} from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import {
  combiningNetwork,
  composingNetwork,
  deepNetwork,
  movingNetwork,
  normalisingNetwork,
  roundingNetwork,
} from '../support/operator-networks.ts';
import { randomInputs } from '../support/proved-network.ts';

const DOMAIN: InputDomain = { min: -128, max: 127, scale: 1 / 64, offset: 0 };

/** y = x * (s spread over n positions), before so many ReLUs that the bits of s count. */
function gate(positions: number, units: number): Graph {
  const weights = (count: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => ((i * 7) % 11) / 11 - 0.4);
  const dense = (inputs: number, outputs: number): NodeSpec['op'] => ({
    kind: 'dense',
    units: outputs,
    weights: weights(inputs * outputs),
    bias: weights(outputs),
  });
  return buildGraph({
    name: 'gate',
    nodes: [
      { name: 'x', op: { kind: 'input', shape: [positions, 2], domain: DOMAIN } },
      { name: 'v', op: { kind: 'input', shape: [3], domain: DOMAIN } },
      { name: 's', op: dense(3, 2), inputs: ['v'] },
      ...compose.expand({ name: 'spread', input: 's', shape: [2] }, [positions, 2]),
      { name: 'y', op: { kind: 'multiply' }, inputs: ['x', 'spread'] },
      { name: 'wide', op: dense(2, units) },
      { name: 'r', op: { kind: 'relu' } },
    ],
  });
}

const kindsOf = (graph: QuantGraph): string[] => graph.nodes.map(node => `${node.name} ${node.op.kind}`);

describe('integer operators beyond plain networks', () => {
  for (const graph of [
    movingNetwork(),
    combiningNetwork(),
    normalisingNetwork(),
    deepNetwork(),
    composingNetwork(),
    roundingNetwork(),
  ]) {
    const quantised = quantize(graph);

    it(`are the same in doubles and in bigints, and stay within their bounds: ${graph.name}`, () => {
      for (const seed of [1, 2, 3]) {
        const inputs = randomInputs(quantised, seed);
        const fast = evaluateQuantNodes(quantised, inputs);
        const exact = evaluateQuantNodes(planEvaluation(quantised, 'bigint'), inputs);
        for (const [i, node] of quantised.nodes.entries()) {
          const values = Array.from<number | bigint, bigint>(fast[i]?.data ?? [], BigInt);
          assert.deepEqual(
            values,
            Array.from<number | bigint, bigint>(exact[i]?.data ?? [], BigInt),
            node.name,
          );
          const { min, max } = node.bounds;
          for (const [j, value] of values.entries()) {
            const channel = min.length === 1 ? 0 : j % min.length;
            assert.ok(value >= (min[channel] ?? 0n) && value <= (max[channel] ?? 0n), `${node.name} at ${j}`);
          }
        }
      }
    });

    it(`come back from their file: ${graph.name}`, () => {
      assert.deepEqual(decodeQuantGraph(encodeQuantGraph(quantised)), quantised);
    });
  }

  it('are refused in files whose fields do not fit', () => {
    const text = encodeQuantGraph(quantize(movingNetwork()));
    assertThrowsCode(
      () => decodeQuantGraph(text.replace('"label":"mix"', '"label":5')),
      'MALFORMED_FILE',
      "The quantised network cannot be read: node 'mixed' is not a whole rearrange. Compile the model again.",
    );
    assertThrowsCode(
      () => decodeQuantGraph(text.replace(/"indices":\{"int32":\[0,/, '"indices":{"int32":[')),
      'MALFORMED_FILE',
      /lengths of node '\w+' do not fit together/,
    );
  });

  it('print what they prove', () => {
    const lines = printQuantGraph(quantize(normalisingNetwork())).split('\n');
    const line = (name: string): string | undefined => lines.find(text => text.includes(` ${name}:`))?.trim();
    assert.match(line('normal_rsqrt') ?? '', /= rsqrt\(normal_squares\) 2\^\d+, result \d+ bits; scale/);
    assert.match(line('normal_squares') ?? '', /= sum-of-squares\(normal_deviations\); scale/);
    assert.match(line('normal_unit') ?? '', /= scale-rows\(\w+, normal_rsqrt\) \d+ lanes of \d+ bits; scale/);
    assert.match(
      line('attention_powers') ?? '',
      /= softmax-powers\(scores\) exp by \d+ segments of \d+, cut \d+(, saturating)?; scale/,
    );
  });
});

describe('cuts between products', () => {
  it('are made of few factors before many activations, behind what repeats them', () => {
    const quantised = quantize(gate(8, 16));
    assert.deepEqual(kindsOf(quantised).slice(2, 7), [
      's dense',
      'spread rearrange',
      's_cut rescale',
      'spread_cut rearrange',
      'y multiply',
    ]);
    const uncut = quantize(gate(8, 16), { productBits: 24, freeActivationBits: 24 });
    assert.ok(!kindsOf(uncut).some(text => text.endsWith('rescale')));
    assert.ok(constraintEstimate(quantised).total < constraintEstimate(uncut).total);
  });

  it('are left out where they would cost more than they save', () => {
    assert.ok(!kindsOf(quantize(gate(1, 1))).some(text => text.endsWith('rescale')));
  });

  it('are made wherever a form grows too wide', () => {
    const squares = Array.from({ length: 12 }, (_, i): NodeSpec => {
      const before = i === 0 ? 'x' : `p${i - 1}`;
      return { name: `p${i}`, op: { kind: 'multiply' }, inputs: [before, before] };
    });
    const graph = buildGraph({
      name: 'powers',
      nodes: [{ name: 'x', op: { kind: 'input', shape: [2], domain: DOMAIN } }, ...squares],
    });
    const quantised = quantize(graph);
    const widest = quantised.nodes.map(node => node.bounds.max[0]?.toString(2).length ?? 0);
    assert.ok(Math.max(...widest) < 220, `${widest}`);
    assert.ok(kindsOf(quantised).some(text => text.endsWith('rescale')));
  });

  it('refuse what calibration did not see, and say what is proved', () => {
    const calibration = [[Array.from({ length: 16 }, () => 1), [1, 1, 1]]];
    const quantised = quantize(gate(8, 16), {
      widths: 'calibrated',
      marginBits: 0,
      calibration,
      productBits: 4,
    });
    const inputs = randomInputs(quantised, 1);
    assertThrowsCode(
      () => evaluateQuantNodes(quantised, inputs),
      'BOUND_EXCEEDED',
      /^Node 's_cut' \(rescale\) reaches -?\d+ in channel \d at position \[\d\], but the circuit proves only -?\d+ to \d+ there\. The input lies outside what calibration saw: calibrate with more samples or a larger margin, or use exact widths\.$/,
    );
  });

  it('check the option that chooses them', () => {
    assertThrowsCode(
      () => quantize(gate(1, 1), { productBits: 0 }),
      'USAGE',
      "The quantiser's option 'productBits' is 0; it must be a whole number from 1 to 48.",
    );
  });
});

describe('magnitudes', () => {
  it('of what has one sign prove nothing, so calibration does not narrow their bounds', () => {
    for (const [shift, sign] of [
      [0, 'non-negative'],
      [-2, 'non-positive'],
    ] as const) {
      const graph = buildGraph({
        name: 'sizes',
        nodes: [
          {
            name: 'x',
            op: { kind: 'input', shape: [1], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } },
          },
          {
            name: 'y',
            op: { kind: 'affine', scale: Float32Array.of(1), shift: Float32Array.of(shift) },
            inputs: ['x'],
          },
          { name: 's', op: { kind: 'abs' }, inputs: ['y'] },
        ],
      });
      const calibration = [[[shift < 0 ? 255 : 3]]];
      const [exact, calibrated] = [{}, { widths: 'calibrated', marginBits: 0, calibration } as const].map(
        options => quantize(graph, options).nodes.find(({ name }) => name === 's'),
      );
      assert.ok(calibrated?.op.kind === 'abs');
      assert.deepEqual(calibrated.op.sign, [sign]);
      assert.deepEqual(calibrated.bounds, exact?.bounds);
    }
  });
});

describe('functions', () => {
  it('of what has a wide scale cut no more at once than hints divide by', () => {
    const chain = (name: string): NodeSpec[] =>
      Array.from({ length: 7 }, (_, i) => ({
        name: `${name}${i}`,
        op: { kind: 'multiply' },
        inputs: [i === 0 ? name : `${name}${i - 1}`, 'y'],
      }));
    const input = {
      kind: 'input',
      shape: [2],
      domain: { min: -512, max: 511, scale: 1 / 512, offset: 0 },
    } as const;
    const graph = buildGraph({
      name: 'wide',
      nodes: [
        { name: 'x', op: input },
        { name: 'y', op: input },
        ...chain('x'),
        ...chain('y'),
        { name: 'product', op: { kind: 'multiply' }, inputs: ['x6', 'y6'] },
        { name: 't', op: { kind: 'function', name: 'tanh' }, inputs: ['product'] },
      ],
    });
    const { nodes } = quantize(graph);
    const cuts = nodes.flatMap(({ op }) => ('shiftBits' in op ? [op.shiftBits] : []));
    assert.ok(cuts.length > 0 && Math.max(...cuts) <= 126, `${cuts}`);
    assert.equal(nodes.at(-1)?.op.kind, 'table');
  });
});
