import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exists, isDirectory, readJson, writeWhole } from '../../src/cli/files.ts';
import { readInput, readModel } from '../../src/cli/inputs.ts';
import type { Project } from '../../src/cli/project.ts';
import { buildFolderOf } from '../../src/cli/write.ts';
import { quantize } from '../../src/quantize/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { normalisingNetwork } from '../support/operator-networks.ts';

describe('an input file', () => {
  const quantGraph = quantize(normalisingNetwork());
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-inputs-'));
  after(() => rmSync(folder, { recursive: true }));

  function read(value: unknown): unknown {
    const path = join(folder, 'input.json');
    writeFileSync(path, JSON.stringify(value));
    return readInput(path, {} as Project)({ quantGraph }); // JSON asks nothing of the project
  }

  it('gives the arrays of several inputs by name or in order, nested or flat', () => {
    const [a, b] = [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4, 5, 6],
    ];
    const rows = [a.slice(0, 4), a.slice(4)];
    assert.deepEqual(read({ b, a: rows }), [a, b]);
    assert.deepEqual(read({ inputs: [rows, b] }), [a, b]);
    assert.deepEqual(read(rows), [a]);
  });

  it('is refused when its keys are not the inputs', () => {
    assertThrowsCode(
      () => read({ a: [1], c: [2] }),
      'MALFORMED_INPUT',
      `The input ${join(folder, 'input.json')} is not usable: its keys are "a", "c", the network's inputs "a", "b". Give a JSON array of numbers, nested as the tensor or flat.`,
    );
  });
});

describe('a file of another kind than is read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-kinds-'));
  const at = (name: string): string => join(folder, name);
  after(() => rmSync(folder, { recursive: true }));

  it('is refused as a model with what would be read, or what makes it so', async () => {
    const refuse = (name: string, advice: string): Promise<unknown> => {
      writeFileSync(at(name), 'PK');
      const text = `The model ${at(name)} is of no kind that is read. ${advice}`;
      return assertRejectsCode(() => readModel(at(name)), 'MALFORMED_MODEL', text);
    };
    const onnx = 'and give the .onnx file.';
    await refuse('net.pt', `Export the PyTorch model with torch.onnx.export, ${onnx}`);
    await refuse('net.pkl', `Convert the scikit-learn model with skl2onnx, ${onnx}`);
    const converters = 'Convert the model with tensorflowjs_converter or tf2onnx';
    await refuse('net.tflite', `${converters}, and give model.json or the .onnx file.`);
    await refuse(
      'net.txt',
      'Give model.json of TensorFlow.js (or its folder), a .keras, .h5 or .onnx file, or a classic model as JSON; the end of the name tells which.',
    );
  });

  it('is told to hold NaN, which Python writes and JSON has not', () => {
    writeFileSync(at('nan.json'), '[1, NaN, 2]');
    assertThrowsCode(
      () => readJson(at('nan.json'), 'input'),
      'MALFORMED_FILE',
      /is not JSON: .+\. It holds NaN or Infinity, which are no JSON and no numbers to prove; replace them\.$/,
    );
  });

  it('is looked for under slashes as well, where a path of Windows is given', () => {
    writeFileSync(at('x.json'), '[]');
    const path = `${folder}\\x.json`;
    assertThrowsCode(
      () => readJson(path, 'input'),
      'FILE_NOT_FOUND',
      `Cannot read the input ${path}: there is no such file; did you mean ${at('x.json')}.`,
    );
  });

  it('is no folder to write into', () => {
    writeFileSync(at('file'), '');
    const below = join(at('file'), 'graph.txt');
    assert.deepEqual([exists(below), isDirectory(below)], [false, false]);
    assertThrowsCode(
      () => writeWhole(below, ''),
      'UNWRITABLE_OUTPUT',
      /^Cannot write .+graph\.txt: .+ Give another place with --out\.$/,
    );
  });
});

describe('the build folder of a model', () => {
  it('has a name that commands take, whatever the model is called', () => {
    const names = ['digits', 'a b/c', '../../evil', 'имя 😀', '😀', '', '-x', 'a'.repeat(300)];
    assert.deepEqual(
      names.map(name => buildFolderOf(undefined, name)),
      [
        'digits-proof',
        'a-b-c-proof',
        'evil-proof',
        'имя-proof',
        'model-proof',
        'model-proof',
        'x-proof',
        `${'a'.repeat(60)}-proof`,
      ],
    );
    assert.equal(buildFolderOf('out', 'x'), 'out');
  });
});
