import assert from 'node:assert/strict';
import {
  decodeArtifact,
  decodeBytecode,
  encodeProgram,
  programToArtifact,
} from '../../../converters/nargo-to-acir/index.ts';
import { type Abi, parseProgram } from '../../../src/acir/index.ts';
import { readArtifact } from '../../support/artifacts.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const PROGRAM = parseProgram('circuit "main"\nprivate w0\nassert w0 - 5 = 0\n');
const NO_ABI: Abi = { parameters: [], return_type: null, error_types: {} };
const ARTIFACT = programToArtifact(PROGRAM, NO_ABI);
const GIVE = 'Give the JSON file that nargo or noir_wasm wrote.';

function withAbi(abi: unknown): unknown {
  return { ...ARTIFACT, abi };
}

function withType(type: unknown): unknown {
  return withAbi({ ...NO_ABI, parameters: [{ name: 'x', type, visibility: 'private' }] });
}

describe('nargo-to-acir: decodeArtifact', () => {
  it('takes the text and the parsed value alike', () => {
    assert.deepEqual(decodeArtifact(JSON.stringify(ARTIFACT)).program, PROGRAM);
    assert.deepEqual(decodeArtifact(ARTIFACT).program, PROGRAM);
  });

  it('says what wrote the artifact', () => {
    const { release } = decodeArtifact(readArtifact('basic.1.0.0-beta.26.json'));
    assert.match(release.noirVersion ?? '', /^1\.0\.0-beta\.26\+/);
    assert.equal(release.dialect, '1.0.0-beta.19');
    assert.equal(release.format, 'msgpack-compact');
  });

  it('names functions from the program, from the list beside it, or by number', () => {
    assert.deepEqual(decodeArtifact(readArtifact('fold.1.0.0-beta.26.json')).names, ['main', 'inner']);
    assert.deepEqual(decodeArtifact(readArtifact('fold.0.34.0.json')).names, ['main', 'inner']);
    const { names, ...rest } = JSON.parse(readArtifact('fold.0.34.0.json')) as Record<string, unknown>;
    assert.deepEqual(names, ['main', 'inner']);
    const { program } = decodeArtifact(rest);
    assert.deepEqual(
      program.functions.map(({ name }) => name),
      ['main', 'function_1'],
    );
    assert.equal(
      decodeArtifact(readArtifact('basic.0.25.0.json')).program.unconstrained[0]?.name,
      'unconstrained_0',
    );
  });

  it('reads every part of an ABI', () => {
    const field = { kind: 'field' } as const;
    const struct = { kind: 'struct', path: 'P', fields: [{ name: 'a', type: { kind: 'boolean' } }] } as const;
    const abi: Abi = {
      parameters: [
        { name: 'i', type: { kind: 'integer', sign: 'signed', width: 8 }, visibility: 'public' },
        { name: 's', type: { kind: 'string', length: 3 }, visibility: 'databus' },
        { name: 't', type: { kind: 'tuple', fields: [field, struct] }, visibility: 'private' },
      ],
      return_type: { abi_type: { kind: 'array', length: 2, type: field }, visibility: 'public' },
      error_types: {
        1: { error_kind: 'string', string: 'no' },
        2: { error_kind: 'fmtstring', length: 4, item_types: [field] },
        3: { error_kind: 'custom', kind: 'boolean' },
      },
    };
    assert.deepEqual(decodeArtifact(withAbi(abi)).abi, abi);
  });

  it('reads the witness lists of 0.25 and gives later ABIs without error types an empty table', () => {
    const old = decodeArtifact(readArtifact('basic.0.25.0.json')).abi;
    assert.deepEqual(old.param_witnesses, { x: [{ start: 0, end: 1 }], y: [{ start: 1, end: 2 }] });
    assert.equal(old.return_witnesses?.length, 1);
    assert.deepEqual(old.error_types, {});
  });

  it('lets the caller overrule the version', () => {
    const text = readArtifact('basic.1.0.0-beta.2.json');
    const { release } = decodeArtifact(text, { noirVersion: '1.0.0-beta.1' });
    assert.equal(release.dialect, '1.0.0-beta.1');
  });
});

describe('nargo-to-acir: artifacts that are refused', () => {
  it('names JSON that does not parse', () => {
    assertThrowsCode(
      () => decodeArtifact('{'),
      'MALFORMED_ARTIFACT',
      /^The artifact is not JSON: .*\. Give the file/,
    );
  });

  const wrong: readonly (readonly [artifact: unknown, message: string])[] = [
    [[], `The artifact's '(the whole)' is an object; here it is a list. ${GIVE}`],
    [{ abi: NO_ABI }, `The artifact's 'bytecode' is a text; here it is missing. ${GIVE}`],
    [{ ...ARTIFACT, abi: undefined }, `The artifact's 'abi' is an object; here it is missing. ${GIVE}`],
    [withAbi({ parameters: 5 }), `The artifact's 'abi.parameters' is a list; here it is 5. ${GIVE}`],
    [
      withAbi({ parameters: [{ name: 'x', type: { kind: 'field' }, visibility: 'hidden' }] }),
      `The artifact's 'abi.parameters[0].visibility' is public, private or databus; here it is "hidden". ${GIVE}`,
    ],
    [
      withType({ kind: 'float' }),
      `The artifact's 'abi.parameters[0].type.kind' is field, boolean, integer, string, array, tuple or struct; here it is "float". ${GIVE}`,
    ],
    [
      withType({ kind: 'integer', sign: 'odd', width: 8 }),
      `The artifact's 'abi.parameters[0].type.sign' is signed or unsigned; here it is "odd". ${GIVE}`,
    ],
    [
      withType({ kind: 'integer', sign: 'signed', width: 300 }),
      `The artifact's 'abi.parameters[0].type.width' is a width up to 254; here it is 300. ${GIVE}`,
    ],
    [
      withType({ kind: 'array', length: -1, type: { kind: 'field' } }),
      `The artifact's 'abi.parameters[0].type.length' is a whole number below 2^32; here it is -1. ${GIVE}`,
    ],
    [
      withType({ kind: 'struct', path: 7, fields: [] }),
      `The artifact's 'abi.parameters[0].type.path' is a text; here it is 7. ${GIVE}`,
    ],
    [
      withAbi({ ...NO_ABI, error_types: { 9: { error_kind: 'odd' } } }),
      `The artifact's 'abi.error_types.9.error_kind' is string, fmtstring or custom; here it is "odd". ${GIVE}`,
    ],
  ];
  for (const [artifact, message] of wrong) {
    it(message.replace(/; here.*/, ''), () => {
      assertThrowsCode(() => decodeArtifact(artifact), 'MALFORMED_ARTIFACT', message);
    });
  }

  it('follows ABI types only to a depth', () => {
    let type: unknown = { kind: 'field' };
    for (let i = 0; i < 100; i++) type = { kind: 'array', length: 1, type };
    assertThrowsCode(
      () => decodeArtifact(withType(type)),
      'MALFORMED_ARTIFACT',
      /nests at most 64 levels deep; here/,
    );
  });

  it('asks for one function of a contract', () => {
    assertThrowsCode(
      () => decodeArtifact({ functions: [{ name: 'mint' }, 7] }),
      'MALFORMED_ARTIFACT',
      "The artifact is of a contract with several functions (mint, ?). Give one element of its 'functions', with noir_version added.",
    );
  });

  it('refuses bytecode that is no base64', () => {
    assertThrowsCode(
      () => decodeArtifact({ ...ARTIFACT, bytecode: 'no!!' }),
      'MALFORMED_ARTIFACT',
      'The bytecode is not base64 text. Was the artifact cut or edited? Compile it again.',
    );
  });

  it('refuses a program that breaks a rule, by circuit and opcode', () => {
    const program = parseProgram('circuit "main"\nmemory-op block=3 write=false index=w0 value=w1\n');
    assertThrowsCode(
      () => decodeBytecode(encodeProgram(program), { noirVersion: '1.0.0-beta.26' }),
      'MALFORMED_PROGRAM',
      "The ACIR program breaks a rule of its format in circuit 'main', opcode 0 (memory-op): memory block 3 is not initialised. Compile it again, or correct it if it is hand-made.",
    );
  });
});

describe('nargo-to-acir: releases that are not known', () => {
  const bytes = encodeProgram(PROGRAM);

  it('tries the newest dialect for a version that is newer', () => {
    assert.equal(decodeBytecode(bytes, { noirVersion: '1.2.0' }).release.dialect, '1.0.0-beta.19');
  });

  it('reads msgpack whatever the version says, since older compilers could be told to write it', () => {
    assert.deepEqual(decodeBytecode(bytes, { noirVersion: '1.0.0-beta.14' }).program, PROGRAM);
  });

  it('names the version and what was tried when nothing fits', () => {
    assertThrowsCode(
      () => decodeBytecode(new Uint8Array(3), { noirVersion: '0.35.0+abc' }),
      'UNKNOWN_RELEASE',
      'The artifact names Noir 0.35.0+abc, and its bytes fit no known form (tried: 0.34, 0.36). Compile it with Noir 1.0.0-beta.26.',
    );
    assertThrowsCode(
      () => decodeBytecode(new Uint8Array(3)),
      'UNKNOWN_RELEASE',
      /^The artifact names no Noir version, and/,
    );
    assertThrowsCode(
      () => decodeBytecode(new Uint8Array(3), { noirVersion: 'next' }),
      'UNKNOWN_RELEASE',
      /names Noir next/,
    );
  });

  it('misses the format mark of a new release', () => {
    assertThrowsCode(
      () => decodeBytecode(Uint8Array.of(9, 0), { noirVersion: '1.0.0-beta.26' }),
      'MALFORMED_ARTIFACT',
      "The ACIR program holds '09 00' instead of the format mark of Noir 1.0.0-beta.26 at byte 0 (unpacked). Was the artifact cut, edited or written by another tool? Compile it again.",
    );
  });

  it('refuses to guess where bytes mean different programs in two releases', () => {
    // Black box 7 is ECDSA over k1 in 0.39 and over r1 in beta.1, with the same fields.
    const { bytecode } = JSON.parse(readArtifact('ecdsak1.1.0.0-beta.0.json')) as { bytecode: string };
    assertThrowsCode(
      () => decodeBytecode(bytecode),
      'UNKNOWN_RELEASE',
      'The artifact names no Noir version, and its bytes mean one program in Noir 0.39 and another in 1.0.0-beta.2. Say which with noirVersion.',
    );
    const { program } = decodeBytecode(bytecode, { noirVersion: '0.39.0' });
    assert.match(
      JSON.stringify(program, (_, v) => (typeof v === 'bigint' ? 0 : v)),
      /ecdsa-secp256k1/,
    );
  });
});
