import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acirWitness, parseProgram, printProgram } from '../../src/acir/index.ts';
import type { Expression, Program } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME as P } from '../../src/field/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

/** One line of each kind, in canonical form. */
const CANONICAL = `circuit "main"
private w0 w1
public w2
return w3 w4
0: assert 2*w0*w1 - w1*w1 + w2 - 3*w3 - 5 = 0
1: assert 0 = 0
2: assert 0*w7 = 0
3: range input=w3 bits=32
4: range input=-1 bits=8
5: and left=w1 right=15 bits=8 output=w5
6: xor left=w1 right=w2 bits=64 output=w6
7: aes128-encrypt inputs=[] iv=[w1] key=[2 w3] outputs=[w4]
8: sha256 inputs=[w0 1] outputs=[w5 w6]
9: keccak256 inputs=[w0] outputs=[w5]
10: keccak256 inputs=[w0] messageSize=w1 outputs=[w5]
11: sha256-compression inputs=[w1] state=[w2] outputs=[w3]
12: pedersen-hash inputs=[w0] domainSeparator=3 outputs=[w9]
13: schnorr-verify publicKeyX=w0 publicKeyY=w1 signature=[w2] message=[w3] output=w4
14: ecdsa-secp256k1 publicKeyX=[w0] publicKeyY=[w1] signature=[w2] hashedMessage=[w3] predicate=1 output=w4
15: fixed-base-scalar-mul low=w0 high=0 outputs=[w5 w6]
16: multi-scalar-mul points=[(w0 w1) (w2 w3 0)] scalars=[(w4 0) (1 w5)] predicate=w6 outputs=[w7 w8]
17: embedded-curve-add left=(w0 w1) right=(1 -17) predicate=1 assertsOnCurve=true outputs=[w7 w8]
18: recursive-aggregation verificationKey=[w0] proof=[w1] publicInputs=[] keyHash=w2 proofType=7 predicate=1
19: big-int-add left=0 right=1 output=2
20: big-int-from-le-bytes inputs=[w0] modulus=0x00ff output=1
21: big-int-to-le-bytes input=1 outputs=[w7]
22: memory-init block=0 blockKind=memory init=[w0 w1]
23: memory-init block=1 blockKind=call-data:3 init=[]
24: memory-init block=2 blockKind=return-data init=[w0]
25: memory-op block=0 write=true index=w2 value={2*w3 + 1}
26: memory-op block=0 write=false index=1 value=w8
27: brillig-call id=0 inputs=[w0 {w0*w1 + 3} [w1 5] block:0] outputs=[w9 [w10 w11]] predicate=w2
28: call id=1 inputs=[w0] outputs=[w12] predicate={-w2 + 1}
29: to-le-radix value={w0 + w1} outputs=[w13 w14] radix=256
message opcode=0 text="a \\"quoted\\" text" payload=[]
message opcode=3 brilligOpcode=7 selector=18446744073709551615 payload=[w1 {w1 + 1} block:0]

circuit "second \\n name"

unconstrained "half"
0: const destination=@1 type=u32 value=2
1: const destination=@sp+2 type=field value=-1
2: binary-field destination=@1 operation=integer-div left=@2 right=@3
3: binary-int destination=@1 operation=signed-div bits=9 left=@2 right=@3
4: calldata-copy destination=@1 size=4 offset=@5
5: foreign-call name="get thing" outputs=[@1 (@2 4) (@3 @4)] outputTypes=[field array:4(u8 vector(field))] inputs=[] inputTypes=[]
6: black-box operation=to-radix arguments=[@1 256 (@2 3) true false]
7: jump-if-not condition=@1 target=0
8: return
9: trap data=(0 0)
10: stop data=(@1 @2)
`;

const witnesses = fc.nat(1000).map(acirWitness);
const coefficients = fc.bigInt({ min: 0n, max: P - 1n });
/** The generator makes objects without a prototype; the parser makes plain ones. */
const PLAIN = { noNullPrototype: true };
const terms = fc.record({ coefficient: coefficients, left: witnesses, right: witnesses }, PLAIN);
const linearTerms = fc.array(fc.tuple(witnesses, coefficients), { maxLength: 3 }).map(pairs => ({
  witnesses: Uint32Array.from(pairs, ([w]) => w),
  coefficients: pairs.map(([, c]) => c),
}));
const expressions: fc.Arbitrary<Expression> = fc.record(
  { mulTerms: fc.array(terms, { maxLength: 3 }), linear: linearTerms, constant: coefficients },
  PLAIN,
);

function programOf(expression: Expression): Program {
  const opcodes = [
    { kind: 'assert-zero', expression },
    { kind: 'call', id: 1, inputs: [], outputs: [], predicate: expression },
  ] as const;
  const lists = { privateParameters: [], publicParameters: [], returnValues: [], assertMessages: [] };
  return { functions: [{ name: 'main', opcodes, ...lists }], unconstrained: [] };
}

describe('acir: text form', () => {
  it('prints what it parses, for every kind of line', () => {
    assert.equal(printProgram(parseProgram(CANONICAL)), CANONICAL);
  });

  it('parses what it prints, for any expression', () => {
    const property = fc.property(expressions, expression => {
      assert.deepEqual(parseProgram(printProgram(programOf(expression))), programOf(expression));
    });
    fc.assert(property, { seed: 11 });
  });

  it('takes lines without indices, with comments, blank lines, tabs and Windows line ends', () => {
    const loose = 'circuit "main"\r\n# a remark\r\n\r\nprivate   w0\r\nassert\tw0 -  1 = 0\r\n';
    assert.equal(printProgram(parseProgram(loose)), 'circuit "main"\nprivate w0\n0: assert w0 - 1 = 0\n');
  });

  it('reduces numbers into the field', () => {
    const text = `circuit "main"\nassert ${P + 3n}*w0 + ${P} = 0\n`;
    assert.match(printProgram(parseProgram(text)), /assert 3\*w0 = 0/);
  });
});

describe('acir: text that is refused', () => {
  const line = (text: string) => `circuit "main"\n${text}`;
  const brillig = (text: string) => `unconstrained "f"\n${text}`;
  const cases: readonly (readonly [text: string, message: string])[] = [
    [
      'assert w0 = 0',
      "line 1, column 1: expected 'circuit' or 'unconstrained' and a name, found 'assert w0 = 0'",
    ],
    ['circuit main', "line 1, column 9: expected a quoted text, found 'main'"],
    [
      'circuit "\\x"',
      "line 1, column 13: expected a text with JSON escapes before this place, found 'the end of the line'",
    ],
    [line('assert w0'), "line 2, column 10: expected '= 0', found 'the end of the line'"],
    [line('assert w0*w1*w2 = 0'), "line 2, column 13: expected '= 0', found '*w2 = 0'"],
    [line('assert w0 + = 0'), "line 2, column 13: expected a number or a witness, found '= 0'"],
    [line('assert 2 w0 = 0'), "line 2, column 10: expected '= 0', found 'w0 = 0'"],
    [
      line('assert w4294967296 = 0'),
      "line 2, column 20: expected a witness below 2^32 before this place, found '= 0'",
    ],
    [
      line('5: assert w0 = 0'),
      "line 2, column 2: expected the index 0 before this place, found ': assert w0 = 0'",
    ],
    [
      line('frobnicate x=1'),
      "line 2, column 12: expected a known opcode instead of 'frobnicate', found 'x=1'",
    ],
    [
      line('constructor x=1'),
      "line 2, column 13: expected a known opcode instead of 'constructor', found 'x=1'",
    ],
    [line('?'), "line 2, column 1: expected an opcode, found '?'"],
    [line('range bits=3'), "line 2, column 7: expected 'input=', found 'bits=3'"],
    [line('range input=w0 bits=w'), "line 2, column 21: expected a number, found 'w'"],
    [line('range input=x bits=3'), "line 2, column 13: expected a number, found 'x bits=3'"],
    [line('range input=w0 bits=3 more'), "line 2, column 23: expected the end of the line, found 'more'"],
    [
      line('range input=w0 bits=99999999999999999'),
      "line 2, column 38: expected a number below 2^53 before this place, found 'the end of the line'",
    ],
    [line('private 5'), "line 2, column 9: expected a witness, found '5'"],
    [
      line('big-int-from-le-bytes inputs=[] modulus=0x0 output=1'),
      "line 2, column 43: expected 'output=', found '0 output=1'",
    ],
    [
      line('big-int-from-le-bytes inputs=[] modulus=7'),
      "line 2, column 41: expected bytes such as 0x00ff, found '7'",
    ],
    [
      line('memory-init block=0 blockKind=odd init=[]'),
      "line 2, column 31: expected 'call-data:', found 'odd init=[]'",
    ],
    [line('memory-op block=0 write=maybe'), "line 2, column 25: expected 'false', found 'maybe'"],
    [line('message opcode=0 payload=[{w0]'), "line 2, column 30: expected '}', found ']'"],
    [
      line('message opcode=0 selector=x payload=[]'),
      "line 2, column 27: expected a selector, found 'x payload=[]'",
    ],
    [line('sha256 inputs=[w0'), "line 2, column 18: expected a number, found 'the end of the line'"],
    [
      brillig('frob'),
      "line 2, column 5: expected a known instruction instead of 'frob', found 'the end of the line'",
    ],
    [brillig('?'), "line 2, column 1: expected an instruction, found '?'"],
    [brillig('mov destination=1 source=@2'), "line 2, column 17: expected '@', found '1 source=@2'"],
    [
      brillig('binary-field destination=@1 operation=pow left=@1 right=@1'),
      "line 2, column 43: expected one of add, sub, mul, div, integer-div, eq, lt, lte before this place, found 'left=@1 right=@1'",
    ],
    [
      brillig('black-box operation=? arguments=[]'),
      "line 2, column 21: expected a name, found '? arguments=[]'",
    ],
  ];
  for (const [text, message] of cases) {
    it(`says ${message}`, () => {
      assertThrowsCode(() => parseProgram(text), 'MALFORMED_PROGRAM', `ACIR text at ${message}.`);
    });
  }

  it('follows heap types only to a depth', () => {
    const deep = `${'vector('.repeat(80)}field${')'.repeat(80)}`;
    assertThrowsCode(
      () =>
        parseProgram(
          brillig(`foreign-call name="f" outputs=[] outputTypes=[${deep}] inputs=[] inputTypes=[]`),
        ),
      'MALFORMED_PROGRAM',
      /expected types nested at most 64 levels deep/,
    );
  });
});
