import assert from 'node:assert/strict';
import {
  deadWitnesses,
  isConstraint,
  maxWitness,
  parseProgram,
  usedWitnesses,
  visitWitnesses,
} from '../../src/acir/index.ts';
import type { Circuit } from '../../src/acir/types.ts';

function circuitOf(text: string): Circuit {
  const [circuit] = parseProgram(`circuit "main"\n${text}`).functions;
  assert.ok(circuit);
  return circuit;
}

function visited(line: string): number[] {
  const [opcode] = circuitOf(line).opcodes;
  assert.ok(opcode);
  const found: number[] = [];
  visitWitnesses(opcode, witness => found.push(witness));
  return found;
}

describe('acir: witnesses of opcodes', () => {
  const cases: readonly (readonly [line: string, witnesses: readonly number[]])[] = [
    ['assert w1*w2 + w1*w1 + 3*w5 - 2 = 0', [1, 2, 1, 1, 5]],
    ['range input=w3 bits=8', [3]],
    ['range input=3 bits=8', []],
    ['xor left=w1 right=7 bits=8 output=w2', [1, 2]],
    ['keccak256 inputs=[w0 9 w1] messageSize=w2 outputs=[w3]', [0, 1, 2, 3]],
    ['big-int-from-le-bytes inputs=[w4] modulus=0x05 output=1', [4]],
    [
      'multi-scalar-mul points=[(w0 w1 w2)] scalars=[(w3 0)] predicate=w4 outputs=[w5 w6 w7]',
      [0, 1, 2, 3, 4, 5, 6, 7],
    ],
    [
      'embedded-curve-add left=(w0 w1) right=(1 w2) predicate=1 assertsOnCurve=true outputs=[w3 w4]',
      [0, 1, 2, 3, 4],
    ],
    ['memory-init block=0 blockKind=call-data:5 init=[w2 w3]', [2, 3]],
    ['memory-op block=0 write=true index=w1 value={w2 + w3}', [1, 2, 3]],
    [
      'brillig-call id=0 inputs=[w1 [w2 {w3 + 1}] block:9] outputs=[w4 [w5 w6]] predicate=w7',
      [1, 2, 3, 4, 5, 6, 7],
    ],
    ['call id=1 inputs=[w1] outputs=[w2] predicate=w3', [1, 2, 3]],
    ['to-le-radix value=w1 outputs=[w2 w3] radix=2', [1, 2, 3]],
  ];
  for (const [line, witnesses] of cases) {
    it(`lists ${JSON.stringify(witnesses)} for ${line.split(' ')[0]}`, () => {
      assert.deepEqual(visited(line), witnesses);
    });
  }

  it('takes Brillig calls and directives for hints and everything else for constraints', () => {
    const circuit = circuitOf(`assert w0 = 0
brillig-call id=0 inputs=[] outputs=[] predicate=1
to-le-radix value=w0 outputs=[] radix=2
memory-init block=0 blockKind=memory init=[]`);
    assert.deepEqual(circuit.opcodes.map(isConstraint), [true, false, false, true]);
  });
});

describe('acir: witnesses of circuits', () => {
  const circuit = circuitOf(`private w0 w1
public w2
return w9
brillig-call id=0 inputs=[w0] outputs=[w4 w5 w4000000000] predicate=1
assert w4*w0 - w9 = 0
assert w2 - w0 = 0`);

  it('finds the highest without counting up to it', () => {
    assert.equal(maxWitness(circuit), 4_000_000_000);
    assert.equal(maxWitness(circuitOf('')), -1);
  });

  it('lists the used ones once each, in order, gaps left out', () => {
    assert.deepEqual([...usedWitnesses(circuit)], [0, 1, 2, 4, 5, 9, 4_000_000_000]);
  });

  it('lists those that no constraint mentions', () => {
    assert.deepEqual([...deadWitnesses(circuit)], [1, 5, 4_000_000_000]);
    assert.deepEqual([...deadWitnesses(circuitOf('private w0\nassert w0 = 0'))], []);
  });

  it('collects more occurrences than one buffer holds', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `assert w${i} - w${i + 1} = 0`);
    const used = usedWitnesses(circuitOf(lines.join('\n')));
    assert.equal(used.length, 3001);
    assert.ok(used.every((witness, i) => witness === i));
  });
});
