import assert from 'node:assert/strict';
import { buildGraph, PIXEL_DOMAIN } from '../../src/graph/index.ts';
import { printQuantGraph, quantize } from '../../src/quantize/index.ts';
import { denseOf, NO_PADDING } from './support/graphs.ts';

const BITS = { weightBits: 4, freeWeightBits: 5, activationBits: 4, freeActivationBits: 5 };

describe('the printed form of a quantised network', () => {
  it('shows operator, scale, widths and bounds, a line a node', () => {
    const pool = { poolSize: [2, 1], strides: [1, 1], padding: NO_PADDING } as const;
    const graph = buildGraph({
      name: 'sampler',
      nodes: [
        { name: 'x', op: { kind: 'input', shape: [3, 1, 2], domain: PIXEL_DOMAIN } },
        {
          name: 'y',
          op: { kind: 'input', shape: [2], domain: { min: -8, max: 7, scale: 0.25, offset: 0.5 } },
        },
        { name: 'padded', op: { kind: 'pad', padding: { ...NO_PADDING, left: 1 } }, inputs: ['x'] },
        {
          name: 'conv',
          op: {
            kind: 'conv2d',
            filters: 2,
            kernelSize: [1, 2],
            strides: [1, 1],
            dilations: [1, 1],
            padding: NO_PADDING,
            groups: 2,
            kernel: Float32Array.of(1, -1, 0.5, 0.25),
            bias: Float32Array.of(0, 0.5),
          },
        },
        { name: 'max', op: { kind: 'max-pool2d', ...pool } },
        { name: 'capped', op: { kind: 'relu', max: 1.25 } },
        { name: 'mean', op: { kind: 'average-pool2d', ...pool } },
        {
          name: 'scaled',
          op: { kind: 'affine', scale: Float32Array.of(1, -1), shift: Float32Array.of(0, 1) },
        },
        { name: 'bent', op: { kind: 'leaky-relu', slope: 0.125 } },
        { name: 'turned', op: { kind: 'transpose', permutation: [2, 1, 0] } },
        { name: 'flat', op: { kind: 'reshape', shape: [2] } },
        { name: 'joined', op: { kind: 'concat', axis: 0 }, inputs: ['flat', 'y'] },
        {
          name: 'logits',
          op: denseOf(
            [
              [1, 0],
              [0, 1],
              [1, 1],
              [-1, 1],
            ],
            [0, 0],
          ),
        },
        { name: 'gap', op: { kind: 'subtract' }, inputs: ['logits', 'y'] },
        { name: 'label', op: { kind: 'argmax' }, inputs: ['logits'] },
      ],
      outputs: ['label', 'gap'],
    });
    const text = printQuantGraph(quantize(graph, BITS));
    assert.equal(text, EXPECTED);
  });
});

const EXPECTED = `quantised graph sampler
  x: 3x1x2 = input 8 bits unsigned; scale 2^0 * 0.00392156862745098; [0, 255]
  y: 2 = input 4 bits signed; scale 2^-2 + 0.5; [-8, 7]
  padded: 3x2x2 = pad(x); scale 2^0 * 0.00392156862745098; [0, 255]
  conv: 3x1x2 = conv2d(padded) 1x2x2; scale 2^-11; [-1016, 3060]
  max: 2x1x2 = max-pool2d(conv) 2x1, differences 12 bits; scale 2^-11; [-1016, 3060]
  capped: 2x1x2 = relu(max) cut 6, width 12..13, max 40; scale 2^-5; [0, 40]
  mean: 1x1x2 = average-pool2d(capped) 2x1; scale 2^-6; [0, 80]
  scaled: 1x1x2 = affine(mean); scale 2^-10; [0, 1280]
  bent: 1x1x2 = leaky-relu(scaled) slope 1/8, cut 5, width 12; scale 2^-8; [0, 320]
  turned: 2x1x1 = transpose(bent) by 2,1,0; scale 2^-8; [0, 320]
  flat: 2 = reshape(turned); scale 2^-8; [0, 320]
  y_rescale: 2 = affine(y); scale 2^-2; [-6, 9]
  joined: 4 = concat(flat, y_rescale) axis 0, times 1,64; scale 2^-8; [-384, 576]
  logits: 2 = dense(joined) 2 units; scale 2^-12; [-15360, 23552]
  gap: 2 = sum(logits, y) times 1,-1024; scale 2^-12 + -0.5; [-22528, 31744]
  label: scalar = argmax(logits) differences 16 bits; scale 2^0; [0, 1]
  gap_rescale: 2 = affine(gap); scale 2^-12; [-24576, 29696]
output label, gap_rescale
`;
