import assert from 'node:assert/strict';
import { decodeQuantGraph, encodeQuantGraph, quantize } from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { chain, denseOf, plainDomain } from './support/graphs.ts';
import { randomGraph } from './support/random-graphs.ts';

const small = () =>
  quantize(chain([2], plainDomain(0, 7), denseOf([[1], [-2]], [0.5]), { kind: 'relu' }, { kind: 'argmax' }));

/** The text of the small network with one change. */
function edited(
  change: (network: { nodes: Record<string, unknown>[]; [key: string]: unknown }) => void,
): string {
  const network = JSON.parse(encodeQuantGraph(small()));
  change(network);
  return JSON.stringify(network);
}

/** The operator of a node of parsed JSON. */
function opOf(network: { nodes: Record<string, unknown>[] }, index: number): Record<string, unknown> {
  return network.nodes[index]?.op as Record<string, unknown>; // our own JSON
}

function refuse(text: string, reason: string | RegExp): void {
  const expected =
    typeof reason === 'string'
      ? `The quantised network cannot be read: ${reason}. Compile the model again.`
      : reason;
  assertThrowsCode(() => decodeQuantGraph(text), 'MALFORMED_FILE', expected);
}

describe('a quantised network as text', () => {
  it('comes back the same, for random networks of every operator', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const bits = seed % 2 === 0 ? 22 : 8; // wide ones hold integers beyond doubles
      const network = quantize(randomGraph(seed), { weightBits: bits, activationBits: bits });
      assert.deepEqual(decodeQuantGraph(encodeQuantGraph(network)), network);
    }
    assert.deepEqual(decodeQuantGraph(encodeQuantGraph(small())), small());
  });

  it('is refused at whatever character it is cut off', () => {
    const text = encodeQuantGraph(small());
    for (let length = 0; length < text.length; length += 7) {
      refuse(
        text.slice(0, length),
        /^The quantised network cannot be read: it is not JSON \(.*\)\. Compile the model again\.$/s,
      );
    }
  });

  it('is refused when it is something else', () => {
    refuse('[]', 'its format is undefined, not "bionoir-quantized-network"');
    refuse('7', 'it is not a JSON object');
    refuse('{"big":"12x"}', /cannot be read: it is not JSON \(Cannot convert 12x to a BigInt\)/);
    refuse(
      edited(network => (network.format = 'other')),
      'its format is "other", not "bionoir-quantized-network"',
    );
    refuse(
      edited(network => (network.version = 2)),
      'its version is 2, not 1',
    );
    refuse(
      edited(network => delete network.outputs),
      'name, nodes, inputs or outputs are missing',
    );
    refuse(
      edited(network => (network.outputs = [9])),
      'an input or output refers to node 9',
    );
  });

  it('is refused when a node is damaged, naming it', () => {
    refuse(
      edited(network => (network.nodes = [...network.nodes].reverse())),
      'node 0 is not one of ours',
    );
    refuse(
      edited(network => network.nodes.splice(1, 1, {})),
      'node 1 is not one of ours',
    );
    refuse(
      edited(network => (opOf(network, 2).kind = 'tanh')),
      'node 2 is not one of ours',
    );
    refuse(
      edited(network => (opOf(network, 2).sign = ['maybe'])),
      "node 'relu_2' is not a whole relu",
    );
    refuse(
      edited(network => (opOf(network, 1).weights = { int32: [1, 0.5] })),
      "node 'dense_1' is not a whole dense",
    );
    refuse(
      edited(network => delete opOf(network, 0).domain),
      "node 'x' is not a whole input",
    );
    refuse(
      edited(network => Object.assign(network.nodes[1] ?? {}, { inputs: [2] })),
      "node 'dense_1' reads a node after it",
    );
    const lengths = (name: string): string => `lengths of node '${name}' do not fit together`;
    refuse(
      edited(network => (opOf(network, 1).weights = { int32: [1] })),
      lengths('dense_1'),
    );
    refuse(
      edited(network => (opOf(network, 2).quotientBits = [3, 4])),
      lengths('relu_2'),
    );
    refuse(
      edited(network => Object.assign(network.nodes[1] ?? {}, { inputs: [] })),
      lengths('dense_1'),
    );
    refuse(
      edited(network => Object.assign(network.nodes[0] ?? {}, { inputs: [0] })),
      "node 'x' reads a node after it",
    );
  });
});
