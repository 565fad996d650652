import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { executeProgram, type WitnessMap } from '@noir-lang/acvm_js';
import fc from 'fast-check';
import {
  decodeArtifact,
  decodeBytecode,
  encodeProgram,
  programToArtifact,
} from '../../../converters/nargo-to-acir/index.ts';
import { acirWitness, parseProgram, printProgram } from '../../../src/acir/index.ts';
import { BN254_SCALAR_PRIME } from '../../../src/field/index.ts';
import { artifactNames, readArtifact, readVectors } from '../../support/artifacts.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const NEWEST = artifactNames().filter(name => name.endsWith('.1.0.0-beta.26.json'));

function toWitnessMap(values: Readonly<Record<string, string>>): WitnessMap {
  const hex = (value: string) => `0x${BigInt(value).toString(16).padStart(64, '0')}`;
  return new Map(Object.entries(values).map(([witness, value]) => [Number(witness), hex(value)]));
}

describe('nargo-to-acir: encodeProgram', () => {
  it('writes every artifact of the newest release back byte for byte', () => {
    assert.equal(NEWEST.length, 46);
    for (const name of NEWEST) {
      const { bytecode } = JSON.parse(readArtifact(name)) as { bytecode: string };
      const { program } = decodeBytecode(bytecode, { noirVersion: '1.0.0-beta.26' });
      const theirs = gunzipSync(Buffer.from(bytecode, 'base64'));
      assert.ok(theirs.equals(gunzipSync(encodeProgram(program))), name);
    }
  });

  it('writes the named and the tagged form so that they read back as the same program', () => {
    for (const name of NEWEST) {
      const { program } = decodeArtifact(readArtifact(name));
      for (const form of ['named', 'tagged'] as const) {
        const decoded = decodeBytecode(encodeProgram(program, { form }));
        assert.equal(decoded.release.format, `msgpack-${form}`);
        assert.deepEqual(decoded.program, program, `${name} ${form}`);
      }
    }
  });

  it('writes all three forms as ACVM reads them', async () => {
    // Programs with oracles need answers; these need none.
    const vectors = readVectors().filter(
      ({ case: name }) => !['oracle', 'oracle2', 'println'].includes(name),
    );
    for (const { artifact, initial, stack } of vectors) {
      const { program } = decodeArtifact(readArtifact(artifact));
      for (const form of ['compact', 'named', 'tagged'] as const) {
        const frames = await executeProgram(
          encodeProgram(program, { form }),
          toWitnessMap(initial),
          async () => [],
        );
        assert.equal(frames.length, stack.length, `${artifact} ${form}`);
        frames.forEach((frame, i) => {
          assert.deepEqual(frame.witness, toWitnessMap(stack[i]?.witness ?? {}), `${artifact} ${form}`);
        });
      }
    }
  });

  it('makes artifacts of programs written by hand that decode and execute', async () => {
    const program = parseProgram(`
circuit "main"
private w0
public w1
return w2
assert w0*w0 + 5*w1 - w2 = 0
range input=w0 bits=8
`);
    const abi = { parameters: [], return_type: null, error_types: {} };
    const artifact = programToArtifact(program, abi);
    assert.deepEqual(decodeArtifact(artifact).program, program);
    const frames = await executeProgram(
      encodeProgram(program),
      toWitnessMap({ 0: '7', 1: '2' }),
      async () => [],
    );
    assert.equal(BigInt(frames[0]?.witness.get(2) ?? 0), 59n);
  });

  it('writes any expression and interface so that it reads back the same', () => {
    const coefficients = fc.oneof(
      fc.bigInt({ min: 0n, max: BN254_SCALAR_PRIME - 1n }),
      fc.constantFrom(0n, 1n),
    );
    const index = fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1)).map(acirWitness);
    const ascending = fc.uniqueArray(index).map(list => list.sort((a, b) => a - b));
    const expressions = fc
      .tuple(
        fc.array(fc.tuple(coefficients, index, index)),
        fc.array(fc.tuple(index, coefficients)),
        coefficients,
      )
      .map(([products, linear, constant]) => ({
        mulTerms: products.map(([coefficient, left, right]) => ({ coefficient, left, right })),
        linear: {
          witnesses: Uint32Array.from(linear, ([w]) => w),
          coefficients: linear.map(([, coefficient]) => coefficient),
        },
        constant,
      }));
    const property = fc.property(expressions, ascending, fc.string(), (expression, returnValues, name) => {
      const lists = { privateParameters: [], publicParameters: [], assertMessages: [] };
      const circuit = {
        name,
        opcodes: [{ kind: 'assert-zero' as const, expression }],
        returnValues,
        ...lists,
      };
      const program = { functions: [circuit], unconstrained: [] };
      for (const form of ['compact', 'named', 'tagged'] as const) {
        assert.deepEqual(decodeBytecode(encodeProgram(program, { form })).program, program);
      }
    });
    fc.assert(property, { seed: 5, numRuns: 60 });
  });

  it('gives equal bytes for equal programs', () => {
    const { program } = decodeArtifact(readArtifact('fold.1.0.0-beta.26.json'));
    assert.deepEqual(encodeProgram(program), encodeProgram(parseProgram(printProgram(program))));
  });
});

describe('nargo-to-acir: what the newest format cannot say', () => {
  const head = 'circuit "main"\nprivate w0 w1 w2 w3 w4 w5\n';
  const brillig = (line: string) => `circuit "main"\nunconstrained "f"\n${line}\n`;
  const cases: readonly (readonly [what: string, text: string])[] = [
    ['a directive', `${head}to-le-radix value=w0 outputs=[w6] radix=256`],
    ["the black box 'pedersen-hash'", `${head}pedersen-hash inputs=[w0] domainSeparator=0 outputs=[w6]`],
    [
      'an addition of curve points that need not be on the curve',
      `${head}embedded-curve-add left=(w0 w1) right=(w2 w3) predicate=1 assertsOnCurve=false outputs=[w6 w7]`,
    ],
    [
      'a curve point with an infinity flag',
      `${head}multi-scalar-mul points=[(w0 w1 w2)] scalars=[(w3 w4)] predicate=1 outputs=[w6 w7 w8]`,
    ],
    [
      'a memory access with an operand that is not one witness',
      `${head}memory-init block=0 blockKind=memory init=[w0]\nmemory-op block=0 write=false index=0 value=w6`,
    ],
    [
      'an assertion message without a selector',
      `${head}assert w0 = 0\nmessage opcode=0 text="no" payload=[]`,
    ],
    ["the Brillig instruction 'jump-if-not'", brillig('jump-if-not condition=@1 target=0')],
    [
      "the Brillig operation 'signed-div'",
      brillig('binary-int destination=@1 operation=signed-div bits=32 left=@1 right=@2'),
    ],
    ['a Brillig integer of 9 bits', brillig('not destination=@1 source=@2 bits=9')],
    ['a Brillig operand that is not in a cell', brillig('stop data=(1 2)')],
    [
      "the Brillig black box 'sha256' as called here",
      brillig('black-box operation=sha256 arguments=[@1 @2]'),
    ],
    [
      "the Brillig black box 'to-radix' as called here",
      brillig('black-box operation=to-radix arguments=[@1]'),
    ],
  ];
  for (const [what, text] of cases) {
    it(`refuses ${what}`, () => {
      const program = parseProgram(text);
      assertThrowsCode(
        () => encodeProgram(program),
        'UNSUPPORTED_OPCODE',
        `The program holds ${what}, which the newest ACIR format cannot say. Recompile its source with the newest Noir.`,
      );
    });
  }
});
