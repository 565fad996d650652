import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import { decodeArtifact, programToArtifact } from '../../../converters/nargo-to-acir/index.ts';
import { parseProgram } from '../../../src/acir/index.ts';
import { noirWasm } from '../../../src/toolchain/index.ts';

const MAIN = `use helper::square;

fn main(x: Field) -> pub Field {
    // not fn fake
    let é = "é"; square(x)
}
`;
const HELPER = 'pub fn square(x: Field) -> Field {\n    x * x\n}\n';
const FILES = {
  50: { path: '/project/src/main.nr', source: MAIN },
  51: { path: '/project/src/helper.nr', source: HELPER },
};

const bytesBefore = (source: string, part: string) =>
  Buffer.byteLength(source.slice(0, source.indexOf(part)));
const call = { span: { start: bytesBefore(MAIN, 'square(x)\n'), end: 0 }, file: 50 };
const body = { span: { start: bytesBefore(HELPER, 'x * x'), end: 0 }, file: 51 };
const EXPECTED = [
  { file: '/project/src/main.nr', line: 5, column: 18, functionName: 'main' },
  { file: '/project/src/helper.nr', line: 2, column: 5, functionName: 'square' },
];

function locateWith(debugInfos: unknown, fileMap: unknown = FILES) {
  const program = parseProgram('circuit "main"\nprivate w0\nassert w0 = 0\nassert w0 = 0\n');
  const symbols = deflateRawSync(Buffer.from(JSON.stringify({ debug_infos: debugInfos }))).toString('base64');
  const artifact = programToArtifact(program, { parameters: [], return_type: null, error_types: {} });
  return decodeArtifact({ ...artifact, debug_symbols: symbols, file_map: fileMap }).locate;
}

const TREE = {
  location_tree: {
    locations: [
      { parent: null, value: { span: { start: 0, end: 0 }, file: 0 } },
      { parent: 0, value: call },
      { parent: 1, value: body },
    ],
  },
  acir_locations: { 0: 2, 1: 1 },
};

describe('nargo-to-acir: source locations', () => {
  it('gives the whole call stack of the newest layout, outermost first', () => {
    const locate = locateWith([TREE]);
    assert.deepEqual(locate(0, 0), EXPECTED);
    assert.deepEqual(locate(0, 1), EXPECTED.slice(0, 1));
  });

  it('gives the whole call stack of the older layout', () => {
    assert.deepEqual(locateWith([{ locations: { 0: [call, body] } }])(0, 0), EXPECTED);
  });

  it('leaves out what the file map does not hold', () => {
    assert.deepEqual(locateWith([TREE], { 50: FILES[50] })(0, 0), EXPECTED.slice(0, 1));
    assert.deepEqual(locateWith([TREE], 'no map')(0, 0), []);
    assert.deepEqual(locateWith([TREE], { 50: { path: 1 }, 51: 'x' })(0, 0), []);
  });

  it('gives nothing for an opcode or a function that the symbols do not know', () => {
    assert.deepEqual(locateWith([TREE])(0, 9), []);
    assert.deepEqual(locateWith([TREE])(3, 0), []);
  });

  it('gives nothing, and does not fail, on layouts that it does not know', () => {
    const cycle = {
      ...TREE,
      location_tree: { locations: [{ parent: 0, value: call }] },
      acir_locations: { 0: 0 },
    };
    assert.ok(locateWith([cycle])(0, 0).length <= 1024);
    const odd: unknown[] = [
      'text',
      [null],
      [{}],
      [{ location_tree: 5, acir_locations: {} }],
      [{ location_tree: { locations: 'x' }, acir_locations: { 0: 0 } }],
      [{ location_tree: { locations: [{ parent: 1 }] }, acir_locations: { 0: 0 } }],
      [{ locations: { 0: [{ span: 3 }, { span: { start: 'a' }, file: 1 }] } }],
    ];
    for (const infos of odd) assert.deepEqual(locateWith(infos)(0, 0), [], JSON.stringify(infos));
  });

  it('gives nothing for symbols that do not unpack', () => {
    const program = parseProgram('circuit "main"\n');
    const artifact = programToArtifact(program, { parameters: [], return_type: null, error_types: {} });
    for (const symbols of ['', '!', 'AAAA', 7, undefined]) {
      assert.deepEqual(decodeArtifact({ ...artifact, debug_symbols: symbols }).locate(0, 0), []);
    }
  });

  it('finds the call in main and the line in the library of a program compiled now', async () => {
    const files = new Map([
      ['Nargo.toml', '[package]\nname = "located"\ntype = "bin"\nauthors = [""]\n\n[dependencies]\n'],
      ['src/main.nr', 'mod helper;\n\nfn main(x: Field) {\n    helper::check(x);\n}\n'],
      ['src/helper.nr', 'pub fn check(x: Field) {\n    assert(x * x == 4);\n}\n'],
    ]);
    const { program, locate } = decodeArtifact(await noirWasm().compile({ name: 'located', files }));
    const index = program.functions[0]?.opcodes.findIndex(opcode => opcode.kind === 'assert-zero') ?? -1;
    const stack = locate(0, index).map(({ file, ...place }) => ({
      ...place,
      file: file.replace(/^.*\/src\//, ''),
    }));
    assert.deepEqual(stack, [
      { line: 4, column: 5, functionName: 'main', file: 'main.nr' },
      { line: 2, column: 5, functionName: 'check', file: 'helper.nr' },
    ]);
  });
});
