import assert from 'node:assert/strict';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const MAIN = `struct Point {
    x: Field,
    y: i8,
}

#[oracle(price)]
unconstrained fn price_oracle(item: Field) -> Field {}

unconstrained fn price(item: Field) -> Field {
    price_oracle(item)
}

#[fold]
fn product(a: Field, b: Field) -> Field {
    assert(a != b, "a and b must differ");
    a * b
}

unconstrained fn print_all(a: Field, p: Point) {
    print(a);
    println([1 as u8, 2]);
    println("text");
    println(p);
    let minus: i8 = -5;
    println((true, minus));
    println(f"a is {a}, p is {p}.");
}

fn main(a: Field, p: Point, mode: pub u8) -> pub (Field, [i8; 2]) {
    // Safety: prints only.
    unsafe { print_all(a, p) };
    assert(mode != 1, f"mode was {mode}");
    assert(mode != 2);
    if mode == 3 {
        // Safety: a test.
        let _ = unsafe { price(a) };
    }
    (product(a, p.x), [p.y, 7])
}
`;

describe('executing an artifact', () => {
  let artifact: NoirArtifact;
  const inputs = (mode: number) => ({ a: 3, p: { x: '0x05', y: -2 }, mode });

  before(async () => {
    artifact = await noirWasm().compile(programPackage(MAIN));
  });

  it('solves every frame, main last, and decodes what main returns', async () => {
    const { stack, returnValue } = await executeArtifact(artifact, inputs(0));
    assert.deepEqual(
      stack.map(frame => frame.functionIndex),
      [1, 0],
    );
    assert.deepEqual(
      [0, 1].map(witness => stack[0]?.witnesses.get(witness)),
      [3n, 5n],
    );
    assert.deepEqual(
      [0, 1, 2, 3].map(witness => stack[1]?.witnesses.get(witness)),
      [3n, 5n, 254n, 0n],
    );
    const [product, pair] = returnValue as [string, string[]];
    assert.equal(product, '0x0f');
    assert.match(pair.join(' '), /^-0x0*2 0x0*7$/);
  });

  it('names the message and the line of a failed assertion, also in a folded function', async () => {
    const error = await assertRejectsCode(
      () => executeArtifact(artifact, { ...inputs(0), a: 5 }),
      'EXECUTION_FAILED',
      'The program stopped: assertion failed: a and b must differ at /program/src/main.nr:15:5. Check the inputs against what the program asserts there.',
    );
    assert.equal(error.location, '/program/src/main.nr:15:5');
    await assertRejectsCode(
      () => executeArtifact(artifact, inputs(1)),
      'EXECUTION_FAILED',
      /^The program stopped: assertion failed: mode was 1 at \/program\/src\/main\.nr:32:5\./,
    );
    await assertRejectsCode(
      () => executeArtifact(artifact, inputs(2)),
      'EXECUTION_FAILED',
      /^The program stopped: Cannot satisfy constraint at \/program\/src\/main\.nr:33:5\./,
    );
  });

  it('tells the calls that led to a failed assertion, down to the line that calls the standard library', async () => {
    const source = `use std::collections::bounded_vec::BoundedVec;
fn inner(x: Field) {
    assert(x != 3, "x is three");
}
unconstrained fn hint(x: Field) -> Field {
    assert(x != 4, f"hint {x}");
    x
}
fn main(x: Field) -> pub Field {
    inner(x);
    let mut list: BoundedVec<Field, 2> = BoundedVec::new();
    for i in 0..3 {
        if (x == 5) | (i == 0) {
            list.push(x);
        }
    }
    // Safety: a test.
    list.get(0) + unsafe { hint(x) }
}
`;
    const calls = await noirWasm().compile(programPackage(source));
    const failing = async (x: number): Promise<unknown> =>
      (await assertRejectsCode(() => executeArtifact(calls, { x }), 'EXECUTION_FAILED')).message;
    assert.equal(
      await failing(3),
      'The program stopped: assertion failed: x is three at /program/src/main.nr:3:5, called at /program/src/main.nr:10:5. ' +
        'Check the inputs against what the program asserts there.',
    );
    assert.match(
      String(await failing(4)),
      /assertion failed: hint 0x04 at \/program\/src\/main\.nr:6:5, called at \/program\/src\/main\.nr:18:28\./,
    );
    assert.match(String(await failing(5)), /push out of bounds at \/program\/src\/main\.nr:14:13\./);
  });

  it('refuses inputs that do not fit the parameters', async () => {
    await assertRejectsCode(
      () => executeArtifact(artifact, { a: 1 }),
      'MALFORMED_INPUT',
      /^The inputs do not fit the program's parameters \(a, p, mode\): .*Give each parameter a value of its type\.$/s,
    );
  });

  it('hands printed text to the callback, and is silent without', async () => {
    let printed = '';
    await executeArtifact(artifact, inputs(0), { onPrint: text => (printed += text) });
    assert.equal(
      printed,
      '0x3[1, 2]\ntext\nPoint { x: 0x5, y: -2 }\n(true, -5)\na is 0x3, p is Point { x: 0x5, y: -2 }.\n',
    );
  });

  it('lets the caller answer oracles, and fails on an oracle that nobody answers', async () => {
    const asked: unknown[] = [];
    await executeArtifact(artifact, inputs(3), {
      onForeignCall: async (name, given) => {
        asked.push([name, given.flat().map(BigInt)]);
        return ['0x2a'];
      },
    });
    assert.deepEqual(asked, [['price', [3n]]]);
    await assertRejectsCode(
      () => executeArtifact(artifact, inputs(3)),
      'EXECUTION_FAILED',
      /^The program stopped: the program calls the oracle 'price', and nothing answers it/,
    );
  });

  it('goes on after a program that breaks the virtual machine', async () => {
    const broken = { ...artifact, bytecode: artifact.bytecode.slice(0, 40) };
    await assertRejectsCode(() => executeArtifact(broken, inputs(0)), 'EXECUTION_FAILED');
    await executeArtifact(artifact, inputs(0));
  });

  it('gives null for a program that returns nothing, and tolerates artifacts without debug symbols', async () => {
    const silent = await noirWasm().compile(
      programPackage('fn main(x: Field) {\n    assert(x != 1, "one");\n}\n'),
    );
    assert.equal((await executeArtifact(silent, { x: 2 })).returnValue, null);
    await assertRejectsCode(
      () => executeArtifact({ ...silent, debug_symbols: '' }, { x: 1 }),
      'EXECUTION_FAILED',
      'The program stopped: assertion failed: one. Check the inputs against what the program asserts there.',
    );
  });
});
