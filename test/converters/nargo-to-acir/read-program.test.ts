import { encode } from '@msgpack/msgpack';
import { decodeBytecode } from '../../../converters/nargo-to-acir/index.ts';
import { ByteWriter } from '../../../src/bytes/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const element = (value: number) => Uint8Array.from({ length: 32 }, (_, i) => (i === 31 ? value : 0));
const constant = (value: number) => [[], [], element(value)];
const witness = (index: number) => ({ Witness: index });

/** A program of one circuit with these opcodes, as 1.0.0-beta.19 (7 fields) and later write it. */
function decodeOpcodes(...opcodes: unknown[]): unknown {
  const circuit = ['main', 9, opcodes, [], [], [], []];
  const program = encode([[circuit], []]);
  return decodeBytecode(Uint8Array.of(3, ...program), { noirVersion: '1.0.0-beta.19' });
}

describe('nargo-to-acir: opcodes that contradict themselves', () => {
  it('refuses a memory access that is neither read nor write', () => {
    assertThrowsCode(
      () => decodeOpcodes({ MemoryOp: [0, [constant(2), constant(0), constant(0)]] }),
      'MALFORMED_ARTIFACT',
      /holds a memory access that is neither read nor write before its place at byte \d+/,
    );
  });

  it('refuses points of one or four coordinates', () => {
    const point = [witness(0), witness(1), witness(2), witness(3)];
    assertThrowsCode(
      () => decodeOpcodes({ BlackBoxFuncCall: { EmbeddedCurveAdd: [point, point, witness(0), [1, 2]] } }),
      'MALFORMED_ARTIFACT',
      /holds a point of 4 coordinates at byte \d+/,
    );
  });

  it('refuses an addition of points of different forms', () => {
    const [plain, flagged] = [
      [witness(0), witness(1)],
      [witness(0), witness(1), witness(2)],
    ];
    assertThrowsCode(
      () => decodeOpcodes({ BlackBoxFuncCall: { EmbeddedCurveAdd: [plain, flagged, witness(0), [1, 2]] } }),
      'MALFORMED_ARTIFACT',
      /holds points of 2, 3, 2 coordinates in one addition at byte \d+/,
    );
  });

  it('refuses a multiplication whose points and scalars do not pair up', () => {
    const inputs = (count: number) => Array.from({ length: count }, (_, i) => witness(i));
    for (const [points, scalars] of [
      [3, 2],
      [2, 1],
      [4, 2],
    ] as const) {
      const call = [inputs(points), inputs(scalars), witness(0), [1, 2]];
      assertThrowsCode(
        () => decodeOpcodes({ BlackBoxFuncCall: { MultiScalarMul: call } }),
        'MALFORMED_ARTIFACT',
        new RegExp(`holds ${points} point and ${scalars} scalar arguments of one multiplication at byte`),
      );
    }
  });

  it('refuses bytes after the program', () => {
    const program = encode([[['main', [], [], [], [], []]], []]);
    assertThrowsCode(
      () => decodeBytecode(Uint8Array.of(3, ...program, 0, 0), { noirVersion: '1.0.0-beta.26' }),
      'MALFORMED_ARTIFACT',
      /holds 2 bytes too many at byte \d+/,
    );
  });
});

/** Begins a bincode program of 0.34 with one circuit and one opcode, whose variant and data `write` adds. */
function decodeOld(write: (writer: ByteWriter) => void): unknown {
  const writer = new ByteWriter();
  writer.u64(1); // functions
  writer.u32(9); // current witness
  writer.u64(1); // opcodes
  write(writer);
  return decodeBytecode(writer.finish(), { noirVersion: '0.34.0' });
}

describe('nargo-to-acir: opcodes that only old releases could write', () => {
  it('refuses AND on operands of two widths', () => {
    assertThrowsCode(
      () =>
        decodeOld(writer => {
          // BlackBoxFuncCall, AND, witness 1 of 8 bits, witness 2 of 9 bits, output 3
          for (const word of [1, 1, 1, 1, 8, 1, 2, 9, 3]) writer.u32(word);
        }),
      'MALFORMED_ARTIFACT',
      /holds operands of 8 and 9 bits before its place at byte 56/,
    );
  });

  it('refuses a memory access under a predicate, which no release wrote', () => {
    const zero = (writer: ByteWriter) => {
      writer.u64(0); // products
      writer.u64(0); // linear terms
      writer.u64(64);
      writer.put(Buffer.from('0'.repeat(64)));
    };
    assertThrowsCode(
      () =>
        decodeOld(writer => {
          writer.u32(3); // MemoryOp
          writer.u32(0); // block
          for (let i = 0; i < 3; i++) zero(writer); // operation, index, value
          writer.u8(1); // a predicate, the constant 0
          zero(writer);
        }),
      'MALFORMED_ARTIFACT',
      /holds a memory access with a predicate before its place at byte/,
    );
  });
});
