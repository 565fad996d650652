import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import { compressWitnessStack, decompressWitnessStack } from '@noir-lang/acvm_js';
import {
  decodeArtifact,
  readWitnessStack,
  writeWitnessStack,
} from '../../../converters/nargo-to-acir/index.ts';
import { evaluateExpression } from '../../../src/acir/index.ts';
import type { Circuit, FunctionInput, WitnessStack } from '../../../src/acir/types.ts';
import { readArtifact, readVectors, type Vector } from '../../support/artifacts.ts';
import { assertThrowsCode } from '../../support/errors.ts';

function toStack({ stack }: Vector): WitnessStack {
  return stack.map(({ index, witness }) => ({
    functionIndex: index,
    witnesses: new Map(Object.entries(witness).map(([w, value]) => [Number(w), BigInt(value)])),
  }));
}

/** Two frames and one frame as ACVM of each release wrote them (compressWitnessStack, compressWitness). */
const MAIN = {
  functionIndex: 0,
  witnesses: new Map([
    [0, 5n],
    [7, 300n],
  ]),
};
const CALLEE = { functionIndex: 1, witnesses: new Map([[0, 9n]]) };
const FILES: readonly (readonly [release: string, stack: WitnessStack, base64: string])[] = [
  ['0.25 (ACVM 0.41)', [MAIN], 'H4sIAAAAAAAC/63MsQ0AAAREUdFYB4neLvbfQSMxwN1rfvdVXl8dU8Z6Rc4C1k+10aAAAAA='],
  [
    '0.31 (ACVM 0.47), one frame',
    [MAIN],
    'H4sIAAAAAAAC/62MsQ0AAATAsHgHid0v/v/BImGnSzsVYaDV0ZYbzl8vtSygmDvdrAAAAA==',
  ],
  [
    '0.31 to 1.0.0-beta.9',
    [CALLEE, MAIN],
    'H4sIAAAAAAAC/63MsQkAMAhE0cQm60TBws5d3H8HEXUC/XBc9+Bkt9Zp/Z8lYcC+y2/LQjIH6JaM5QQBAAA=',
  ],
  [
    '1.0.0-beta.15',
    [CALLEE, MAIN],
    'H4sIAAAAAAAC/5XLUQoAAAQDUJTkFg7g/ueT8D+vtq9NaPDmBEG8S/4/NXjLWeUDzCWkAAAA',
  ],
  [
    '1.0.0-beta.19',
    [CALLEE, MAIN],
    'H4sIAAAAAAAC/4XKQQ0AMAgDwJJlWeYCAZgEB1QTwnAA976TpDhKMftE7Ou+rYg1sHRrUHIAAAA=',
  ],
];

describe('nargo-to-acir: witness stacks', () => {
  for (const [release, stack, base64] of FILES) {
    it(`reads the file of ${release}`, () => {
      assert.deepEqual(readWitnessStack(Buffer.from(base64, 'base64')), stack);
    });
  }

  it('writes what it reads, and what ACVM reads', () => {
    for (const vector of readVectors()) {
      const stack = toStack(vector);
      const bytes = writeWitnessStack(stack);
      assert.deepEqual(readWitnessStack(bytes), stack, vector.case);
      const frames = decompressWitnessStack(bytes);
      assert.deepEqual(readWitnessStack(compressWitnessStack(frames)), stack, vector.case);
      assert.deepEqual(gunzipSync(bytes), gunzipSync(compressWitnessStack(frames)), vector.case);
    }
  });

  it('reads the named form', () => {
    const named = Buffer.concat([
      Uint8Array.of(2, 0x81),
      text('stack'),
      Uint8Array.of(0x91, 0x82),
      text('index'),
      Uint8Array.of(3),
      text('witness'),
      Uint8Array.of(0x81, 4, 0xc4, 1, 9),
    ]);
    const expected = [{ functionIndex: 3, witnesses: new Map([[4, 9n]]) }];
    assert.deepEqual(readWitnessStack(gzipSync(named)), expected);
  });

  it('refuses a file that is no witness stack, at the byte where the best reading of it ends', () => {
    assertThrowsCode(
      () => readWitnessStack(gzipSync(Buffer.from('no witness stack, but long enough'))),
      'MALFORMED_WITNESS',
      'The witness stack holds a number of 2^53 or more at byte 0 (unpacked). Was the file cut or edited? Execute the program again.',
    );
    assertThrowsCode(
      () => readWitnessStack(gzipSync(Uint8Array.of(3, 0x91, 0x90, 7))),
      'MALFORMED_WITNESS',
      /1 bytes too many at byte 3/,
    );
    assertThrowsCode(
      () => readWitnessStack(Uint8Array.of(1, 2, 3)),
      'MALFORMED_WITNESS',
      'The witness stack is damaged: it does not begin as gzip does. Copy or make it again.',
    );
  });

  it('refuses a witness that stands twice', () => {
    const twice = Uint8Array.of(3, 0x91, 0x91, 0x92, 0, 0x82, 1, 0xc4, 1, 5, 1, 0xc4, 1, 5);
    assertThrowsCode(() => readWitnessStack(gzipSync(twice)), 'MALFORMED_WITNESS', /witness 1 twice/);
  });
});

describe('nargo-to-acir: what ACVM solved satisfies what is decoded', () => {
  it('has 40 runs', () => {
    assert.equal(readVectors().length, 40);
  });

  for (const vector of readVectors()) {
    it(`${vector.case}: every assert, range, AND and XOR holds in every frame`, () => {
      const { program } = decodeArtifact(readArtifact(vector.artifact));
      for (const frame of toStack(vector)) {
        const circuit = program.functions[frame.functionIndex];
        assert.ok(circuit);
        checkFrame(circuit, witness => frame.witnesses.get(witness) ?? 0n);
      }
    });
  }
});

function checkFrame(circuit: Circuit, lookup: (witness: number) => bigint): void {
  const read = (input: FunctionInput) => (input.kind === 'constant' ? input.value : lookup(input.witness));
  circuit.opcodes.forEach((opcode, i) => {
    if (opcode.kind === 'assert-zero')
      assert.equal(evaluateExpression(opcode.expression, lookup), 0n, `opcode ${i}`);
    if (opcode.kind !== 'black-box') return;
    const { call } = opcode;
    if (call.name === 'range') assert.ok(read(call.input) < 1n << BigInt(call.bits), `opcode ${i}`);
    if (call.name !== 'and' && call.name !== 'xor') return;
    const [left, right] = [read(call.left), read(call.right)];
    assert.equal(call.name === 'and' ? left & right : left ^ right, lookup(call.output), `opcode ${i}`);
  });
}

function text(value: string): Uint8Array {
  return Uint8Array.of(0xa0 | value.length, ...Buffer.from(value));
}
