import assert from 'node:assert/strict';
import {
  type AbiType,
  acirWitness,
  checkProgram,
  countWitnesses,
  ONE_EXPRESSION,
  parseProgram,
} from '../../src/acir/index.ts';
import type { Circuit, Opcode, Program } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const HINT = 'Compile it again, or correct it if it is hand-made.';
const list = (count: number) => `[${Array.from({ length: count }, (_, i) => `w${i}`).join(' ')}]`;

const GOOD = `circuit "main"
private w0 w1
public w2
return w3
memory-init block=0 blockKind=memory init=[w0 w1]
memory-op block=0 write=true index=w2 value=w3
brillig-call id=0 inputs=[block:0] outputs=[w4] predicate=1
call id=1 inputs=[w0 w1] outputs=[w5] predicate=1
aes128-encrypt inputs=${list(16)} iv=${list(16)} key=${list(16)} outputs=${list(16)}
aes128-encrypt inputs=${list(16)} iv=${list(16)} key=${list(16)} outputs=${list(32)}
aes128-encrypt inputs=${list(5)} iv=${list(16)} key=${list(16)} outputs=${list(16)}
poseidon2-permutation inputs=${list(4)} outputs=${list(4)}
embedded-curve-add left=(w0 w1 w2) right=(w0 w1 w2) predicate=1 assertsOnCurve=false outputs=[w6 w7 w8]
message opcode=0 selector=3 payload=[block:0 w1]

circuit "inner"
private w1
public w0
return w2
call id=1 inputs=[w0 w1] outputs=[w2] predicate=w0

unconstrained "hint"
return
`;

function mainWith(opcode: Opcode): Program {
  const lists = { privateParameters: [], publicParameters: [], returnValues: [], assertMessages: [] };
  const circuit: Circuit = { name: 'main', opcodes: [opcode], ...lists };
  return { functions: [circuit], unconstrained: [] };
}

describe('acir: checkProgram', () => {
  it('takes a program that keeps every rule, a recursive one too', () => {
    checkProgram(parseProgram(GOOD));
  });

  it('asks for a function', () => {
    assertThrowsCode(
      () => checkProgram({ functions: [], unconstrained: [] }),
      'MALFORMED_PROGRAM',
      'The program has no function. Give it at least main.',
    );
  });

  const lines: readonly (readonly [line: string, where: string, what: string])[] = [
    ['private w1 w1', "circuit 'main'", 'its private parameters do not ascend: w1 follows w1'],
    ['public w2 w1', "circuit 'main'", 'its public parameters do not ascend: w1 follows w2'],
    ['return w3 w0', "circuit 'main'", 'its return values do not ascend: w0 follows w3'],
    ['private w0\npublic w0', "circuit 'main'", 'w0 is both a private and a public parameter'],
    [
      'memory-init block=0 blockKind=memory init=[]\nmemory-init block=0 blockKind=memory init=[]',
      "circuit 'main', opcode 1 (memory-init)",
      'block 0 is initialised twice',
    ],
    [
      'memory-op block=7 write=false index=w0 value=w1',
      "circuit 'main', opcode 0 (memory-op)",
      'memory block 7 is not initialised',
    ],
    [
      'brillig-call id=0 inputs=[block:2] outputs=[] predicate=1',
      "circuit 'main', opcode 0 (brillig-call)",
      'memory block 2 is not initialised',
    ],
    ['message opcode=0 selector=1 payload=[block:4]', "circuit 'main'", 'memory block 4 is not initialised'],
    [
      'brillig-call id=3 inputs=[] outputs=[] predicate=1',
      "circuit 'main', opcode 0 (brillig-call)",
      'there is no unconstrained function 3',
    ],
    [
      'call id=0 inputs=[] outputs=[] predicate=1\n\ncircuit "f"',
      "circuit 'main', opcode 0 (call)",
      'function 0 cannot be called; 1 to 1 can',
    ],
    [
      'call id=2 inputs=[] outputs=[] predicate=1\n\ncircuit "f"',
      "circuit 'main', opcode 0 (call)",
      'function 2 cannot be called; 1 to 1 can',
    ],
    [
      'call id=1 inputs=[w0] outputs=[] predicate=1\n\ncircuit "f"\nprivate w5',
      "circuit 'main', opcode 0 (call)",
      'the parameters of function 1 are not its witnesses from w0 on',
    ],
    [
      'call id=1 inputs=[] outputs=[] predicate=1\n\ncircuit "f"\nprivate w0',
      "circuit 'main', opcode 0 (call)",
      'there are 0 arguments of function 1 instead of 1',
    ],
    [
      'call id=1 inputs=[] outputs=[w0] predicate=1\n\ncircuit "f"',
      "circuit 'main', opcode 0 (call)",
      'there are 1 results of function 1 instead of 0',
    ],
    [
      'to-le-radix value=w0 outputs=[] radix=1',
      "circuit 'main', opcode 0 (to-le-radix)",
      'radix 1 is less than 2',
    ],
    [
      'and left=w0 right=w1 bits=255 output=w2',
      "circuit 'main', opcode 0 (and)",
      'operands of 255 bits do not fit a field element',
    ],
    [
      `aes128-encrypt inputs=[] iv=[] key=${list(16)} outputs=[]`,
      "circuit 'main', opcode 0 (aes128-encrypt)",
      'there are 0 iv instead of 16',
    ],
    [
      `aes128-encrypt inputs=${list(5)} iv=${list(16)} key=${list(16)} outputs=${list(5)}`,
      "circuit 'main', opcode 0 (aes128-encrypt)",
      'there are 5 outputs instead of 16',
    ],
    [
      'blake2s inputs=[] outputs=[]',
      "circuit 'main', opcode 0 (blake2s)",
      'there are 0 outputs instead of 32',
    ],
    [
      'poseidon2-permutation inputs=[w0] outputs=[]',
      "circuit 'main', opcode 0 (poseidon2-permutation)",
      'there are 0 outputs instead of 1',
    ],
    [
      'multi-scalar-mul points=[(w0 w1)] scalars=[] predicate=1 outputs=[w2 w3]',
      "circuit 'main', opcode 0 (multi-scalar-mul)",
      'there are 0 scalars instead of 1',
    ],
    [
      'multi-scalar-mul points=[(w0 w1 0)] scalars=[(w0 0)] predicate=1 outputs=[w2 w3]',
      "circuit 'main', opcode 0 (multi-scalar-mul)",
      '1 of 1 points have an infinity flag; 0 should',
    ],
    [
      'embedded-curve-add left=(w0 w1) right=(w0 w1) predicate=1 assertsOnCurve=true outputs=[w2]',
      "circuit 'main', opcode 0 (embedded-curve-add)",
      'there are 1 output coordinates instead of 2',
    ],
  ];
  for (const [text, where, what] of lines) {
    it(`says that ${what}`, () => {
      const error = assertThrowsCode(
        () => checkProgram(parseProgram(`circuit "main"\n${text}`)),
        'MALFORMED_PROGRAM',
        `The ACIR program breaks a rule of its format in ${where}: ${what}. ${HINT}`,
      );
      assert.equal(error.location, where);
    });
  }

  const linear = { witnesses: Uint32Array.of(1), coefficients: [] };
  const values: readonly (readonly [opcode: Opcode, what: string])[] = [
    [
      { kind: 'assert-zero', expression: { ...ONE_EXPRESSION, constant: BN254_SCALAR_PRIME } },
      `${BN254_SCALAR_PRIME} is not a field element`,
    ],
    [{ kind: 'assert-zero', expression: { ...ONE_EXPRESSION, constant: -1n } }, '-1 is not a field element'],
    [
      { kind: 'assert-zero', expression: { ...ONE_EXPRESSION, linear } },
      'there are 0 linear coefficients instead of 1',
    ],
    [
      {
        kind: 'black-box',
        call: { name: 'range', input: { kind: 'witness', witness: acirWitness(2 ** 32) }, bits: 8 },
      },
      '4294967296 is not a whole number below 2^32',
    ],
    [
      { kind: 'black-box', call: { name: 'range', input: { kind: 'constant', value: -5n }, bits: 8 } },
      '-5 is not a field element',
    ],
    [
      {
        kind: 'black-box',
        call: { name: 'range', input: { kind: 'witness', witness: acirWitness(0) }, bits: 1.5 },
      },
      '1.5 is not a whole number below 2^32',
    ],
  ];
  for (const [opcode, what] of values) {
    it(`says that ${what}, for programs made in code`, () => {
      assertThrowsCode(
        () => checkProgram(mainWith(opcode)),
        'MALFORMED_PROGRAM',
        new RegExp(`: ${what.replaceAll('^', '\\^')}\\. `),
      );
    });
  }
});

describe('acir: countWitnesses', () => {
  const field: AbiType = { kind: 'field' };
  const cases: readonly (readonly [type: AbiType, count: number])[] = [
    [field, 1],
    [{ kind: 'boolean' }, 1],
    [{ kind: 'integer', sign: 'unsigned', width: 64 }, 1],
    [{ kind: 'string', length: 7 }, 7],
    [{ kind: 'array', length: 3, type: { kind: 'string', length: 2 } }, 6],
    [{ kind: 'tuple', fields: [field, { kind: 'array', length: 0, type: field }] }, 1],
    [
      { kind: 'struct', path: 'P', fields: [{ name: 'a', type: { kind: 'tuple', fields: [field, field] } }] },
      2,
    ],
  ];
  for (const [type, count] of cases) {
    it(`counts ${count} for ${JSON.stringify(type)}`, () => {
      assert.equal(countWitnesses(type), count);
    });
  }
});
