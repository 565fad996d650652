import assert from 'node:assert/strict';
import { checkInputs, parseProverToml, showValue, typeName } from '../../src/toolchain/index.ts';
import type { AbiParameter, AbiType } from '../../src/toolchain/types.ts';
import { assertThrowsCode } from '../support/errors.ts';

const U8: AbiType = { kind: 'integer', sign: 'unsigned', width: 8 };
const I8: AbiType = { kind: 'integer', sign: 'signed', width: 8 };
const POINT: AbiType = {
  kind: 'struct',
  path: 'shapes::Point',
  fields: [
    { name: 'x', type: { kind: 'field' } },
    { name: 'y', type: I8 },
  ],
};
const PRIME = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

const parameter = (name: string, type: AbiType): AbiParameter => ({ name, type, visibility: 'private' });
const PARAMETERS = [
  parameter('a', { kind: 'field' }),
  parameter('points', { kind: 'array', length: 2, type: POINT }),
  parameter('ok', { kind: 'boolean' }),
];
const check = (type: AbiType, value: unknown): unknown => checkInputs([parameter('v', type)], { v: value }).v;
const problem = (type: AbiType, value: unknown, text: string): void =>
  void assertThrowsCode(
    () => check(type, value),
    'MALFORMED_INPUT',
    `The inputs do not fit the program's parameters (v): ${text}. Give each parameter a value of its type.`,
  );

describe('inputs of a program', () => {
  it('take typed arrays as lists, and all elements in order for arrays of arrays', () => {
    const list = (length: number, type: AbiType): AbiType => ({ kind: 'array', length, type });
    assert.deepEqual(check(list(3, U8), Uint8Array.of(1, 2, 3)), ['1', '2', '3']);
    assert.deepEqual(check(list(2, I8), Float32Array.of(-1, 2)), ['-1', '2']);
    assert.deepEqual(check(list(2, { kind: 'field' }), BigInt64Array.of(-1n, 2n)), [`${PRIME - 1n}`, '2']);
    const image = list(2, list(1, list(3, U8)));
    assert.deepEqual(check(image, Uint8Array.of(1, 2, 3, 4, 5, 6)), [[['1', '2', '3']], [['4', '5', '6']]]);
    assert.deepEqual(check(list(2, list(2, U8)), [Uint8Array.of(1, 2), [3, 4]]), [
      ['1', '2'],
      ['3', '4'],
    ]);
    problem(image, Uint8Array.of(1, 2, 3, 4, 5), "'v' has 5 numbers; [[[u8; 3]; 1]; 2] takes 6 in all");
    problem(image, Uint16Array.of(1, 2, 3, 4, 256, 6), "'v[1][0][1]' is 256; u8 holds 0..255");
    problem(list(2, U8), Float64Array.of(1, 0.5), "'v[1]' is 0.5, which is not of type u8");
    problem(list(2, U8), Uint8Array.of(1), "'v' has 1 elements; [u8; 2] takes 2");
    problem(
      list(1, list(1, POINT)),
      Uint8Array.of(1),
      "'v' is Uint8Array(1), which is not of type [[Point; 1]; 1]",
    );
    problem(U8, Uint8Array.of(1), "'v' is Uint8Array(1), which is not of type u8");
  });

  it('take numbers in every form, and bring them into one', () => {
    assert.deepEqual(
      [7, 7n, '7', '0x07'].map(value => check(U8, value)),
      ['7', '7', '7', '7'],
    );
    assert.deepEqual([check(I8, -128), check(I8, '-0x80')], ['-128', '-128']);
    assert.deepEqual(
      [check({ kind: 'field' }, -1), check({ kind: 'field' }, '-1')],
      [`${PRIME - 1n}`, `${PRIME - 1n}`],
    );
    assert.deepEqual(
      [true, 'false', 1, '0x0'].map(value => check({ kind: 'boolean' }, value)),
      [true, false, true, false],
    );
    assert.equal(check({ kind: 'string', length: 3 }, 'éa'), 'éa');
    assert.deepEqual(check({ kind: 'tuple', fields: [U8, POINT] }, [1, { x: 2, y: -3 }]), [
      '1',
      { x: '2', y: '-3' },
    ]);
  });

  it('are refused by name, type and value', () => {
    problem(U8, 256, "'v' is 256; u8 holds 0..255");
    problem(U8, -1, "'v' is -1; u8 holds 0..255");
    problem(I8, '0xfb', "'v' is 251; i8 holds -128..127");
    problem(U8, 1.5, "'v' is 1.5, which is not of type u8");
    problem(U8, 'five', `'v' is "five", which is not of type u8`);
    problem(U8, null, "'v' is null, which is not of type u8");
    problem({ kind: 'field' }, PRIME, `'v' is ${PRIME}; a Field is less than ${PRIME}`);
    problem({ kind: 'field' }, [1n], `'v' is ["1"], which is not of type Field`);
    problem({ kind: 'boolean' }, 2, "'v' is 2, which is not of type bool");
    problem({ kind: 'string', length: 2 }, 'é!', "'v' has 3 bytes; str<2> takes 2");
    problem({ kind: 'string', length: 2 }, 5, "'v' is 5, which is not of type str<2>");
    problem({ kind: 'array', length: 2, type: U8 }, [1], "'v' has 1 elements; [u8; 2] takes 2");
    problem({ kind: 'array', length: 2, type: U8 }, [1, 300], "'v[1]' is 300; u8 holds 0..255");
    problem(POINT, [1, 2], "'v' is [1,2], which is not of type Point");
    problem(POINT, { x: 1 }, "'v.y' (i8) is missing");
    problem(POINT, { x: 1, y: 2, z: 3 }, "'v.z' is given, but 'v' has no such field");
  });

  it('are refused as a whole when parameters are missing, unknown, or no table', () => {
    assertThrowsCode(
      () => checkInputs(PARAMETERS, { a: 1, ok: true }),
      'MALFORMED_INPUT',
      "The inputs do not fit the program's parameters (a, points, ok): 'points' ([Point; 2]) is missing. Give each parameter a value of its type.",
    );
    assertThrowsCode(
      () => checkInputs([], { b: 1 }),
      'MALFORMED_INPUT',
      /: 'b' is given, but main has no such parameter\./,
    );
    assertThrowsCode(
      () => checkInputs(PARAMETERS, [1]),
      'MALFORMED_INPUT',
      /: they are \[1\], not a table\./,
    );
  });
});

describe('Prover.toml', () => {
  const TEXT = 'a = "0x10" # sixteen\nok = true\n\n[[points]]\nx = 1\ny = -2\n[[points]]\nx = "3"\ny = 4\n';
  const parse = (text: string) => parseProverToml(text, PARAMETERS, { file: 'Prover.toml' });

  it('gives the inputs', () => {
    assert.deepEqual(parse(TEXT), {
      a: '16',
      points: [
        { x: '1', y: '-2' },
        { x: '3', y: '4' },
      ],
      ok: true,
    });
    const large = 'a = 9223372036854775807\nok = false\npoints = [{ x = 1, y = 1 }, { x = 1, y = 1 }]\n';
    assert.equal(parse(large).a, '9223372036854775807');
    const values = { a: '7', ok: 'true' };
    const completed = parseProverToml(large.replace('ok = false', ''), PARAMETERS, {
      file: 'Prover.toml',
      values,
    });
    assert.deepEqual([completed.a, completed.ok], ['7', true]);
  });

  it('is refused with its line', () => {
    const fails = (text: string, message: RegExp, location: string): void => {
      const error = assertThrowsCode(() => parse(text), 'MALFORMED_INPUT', message);
      assert.equal(error.location, location);
    };
    fails(
      TEXT.replace('true', '7'),
      /^Prover\.toml:2: .*'ok' is 7, which is not of type bool\./,
      'Prover.toml:2',
    );
    fails(
      TEXT.replace('-2', '200'),
      /^Prover\.toml:6: .*'points\[0\]\.y' is 200; i8 holds -128\.\.127\./,
      'Prover.toml:6',
    );
    fails(
      `b = 1\n${TEXT}`,
      /^Prover\.toml:1: .*'b' is given, but main has no such parameter\./,
      'Prover.toml:1',
    );
    fails(TEXT.replace('ok = true', ''), /^Prover\.toml: .*'ok' \(bool\) is missing\./, 'Prover.toml');
    fails(
      TEXT.replace('"0x10"', '"0x10'),
      /^Prover\.toml:1:\d+: The inputs are not TOML: .*\. Write one 'name = value' a parameter; texts and large numbers in quotes\.$/,
      'Prover.toml:1:20',
    );
  });
});

describe('values of a program', () => {
  it('are shown as Noir writes them', () => {
    assert.equal(
      typeName({ kind: 'tuple', fields: [{ kind: 'boolean' }, { kind: 'string', length: 2 }] }),
      '(bool, str<2>)',
    );
    assert.equal(showValue(POINT, { x: '0x0f', y: '-0x02' }), 'Point { x: 0xf, y: -2 }');
    const mixed: AbiType = {
      kind: 'tuple',
      fields: [{ kind: 'boolean' }, { kind: 'array', length: 2, type: U8 }],
    };
    assert.equal(showValue(mixed, [true, ['0x1', '0xff']]), '(true, [1, 255])');
    assert.equal(showValue({ kind: 'string', length: 2 }, 'hi'), '"hi"');
  });
});
