/** Pictures for networks and for the parameters of any program. */
import assert from 'node:assert/strict';
import { encode } from 'fast-png';
import { readImageInput, readImageParameter, readImageSample } from '../../src/claiming.ts';
import { buildGraph, type NodeSpec } from '../../src/graph/index.ts';
import { quantize } from '../../src/quantize/index.ts';
import type { AbiType, NoirArtifact } from '../../src/toolchain/types.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { smallQuantGraph } from './support/small-network.ts';

const data = Uint8Array.of(0, 17, 34, 51, 68, 85, 102, 119, 136, 153, 170, 255);
const png = encode({ width: 4, height: 3, data, channels: 1, depth: 8 });

describe('a picture', () => {
  it('becomes the levels that the network takes', () => {
    assert.deepEqual(readImageSample(smallQuantGraph(1), png), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15]]);
  });

  it('is one of several inputs by name', () => {
    const input = { kind: 'input', shape: [9], domain: { min: 0, max: 1, scale: 1, offset: 0 } } as const;
    const nodes: NodeSpec[] = [
      { name: 'a', op: input },
      { name: 'b', op: input, inputs: [] },
      { name: 'sum', op: { kind: 'add' }, inputs: ['a', 'b'] },
    ];
    const pair = quantize(buildGraph({ name: 'pair', nodes }));
    const square = encode({ width: 3, height: 3, data: data.subarray(0, 9), channels: 1, depth: 8 });
    const values = readImageInput(pair, 'b', { bytes: square });
    assert.deepEqual(values, [0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assertThrowsCode(
      () => readImageInput(pair, 'c', { bytes: png }),
      'USAGE',
      "Network 'pair' has no input 'c'; its inputs are 'a', 'b'. Name one of these.",
    );
    assertThrowsCode(
      () => readImageSample(pair, png),
      'INPUT_SHAPE',
      "A picture is one input; network 'pair' has 2. Give a JSON object with the values, or a picture's file name, of each: 'a', 'b'.",
    );
  });

  const u8: AbiType = { kind: 'integer', sign: 'unsigned', width: 8 };
  const list = (length: number, type: AbiType): AbiType => ({ kind: 'array', length, type });
  const artifactOf = (type: AbiType): Pick<NoirArtifact, 'abi'> => ({
    abi: { parameters: [{ name: 'photo', type, visibility: 'private' }], return_type: null, error_types: {} },
  });

  it("becomes the value of a program's parameter", () => {
    assert.deepEqual(readImageParameter(artifactOf(list(3, list(4, u8))), 'photo', { bytes: png }), data);
    const colour = readImageParameter(artifactOf(list(1, list(2, list(3, { kind: 'field' })))), 'photo', {
      bytes: png,
      options: { resize: 'stretch' },
    });
    assert.equal(colour.length, 6);
    assert.equal(colour[0], colour[2]);
  });

  it('is refused for other parameters', () => {
    const cases: readonly [AbiType, string, string][] = [
      [list(3, list(4, u8)), 'picture', 'photo: [[u8; 4]; 3]'],
      [list(12, { kind: 'boolean' }), 'photo', 'photo: [bool; 12]'],
      [list(12, { kind: 'integer', sign: 'signed', width: 8 }), 'photo', 'photo: [i8; 12]'],
    ];
    for (const [type, name, known] of cases) {
      assertThrowsCode(
        () => readImageParameter(artifactOf(type), name, { bytes: png }),
        'MALFORMED_INPUT',
        `A picture is given for '${name}', which is no array of numbers among the program's parameters (${known}). Name one such as [[[u8; 3]; 64]; 48].`,
      );
    }
  });
});
