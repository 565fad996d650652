/**
 * Oracle: ONNX's own node tests, from Debian's package libonnx-testdata (Apache-2.0), fetched by
 * scripts/fetch-onnx-cases.mjs into a cache and never committed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OnnxModelFiles, onnxToGraph } from '../../../../converters/onnx-to-graph/index.ts';
import { decodeModel, decodeTensorProto } from '../../../../converters/onnx-to-graph/proto.ts';
import { type Constant, decodeTensor } from '../../../../converters/onnx-to-graph/tensors.ts';
import { BionoirError } from '../../../../src/errors.ts';
import { elementCount, evaluateGraph, nodeOf } from '../../../../src/graph/index.ts';
import { withInitializers } from './encode.ts';

/** Where the script puts the cases, or the reason why there are none. */
export function findCases(): { readonly folder: string } | { readonly missing: string } {
  const script = join(import.meta.dirname, '../../../../scripts/fetch-onnx-cases.mjs');
  const run = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  const folder = run.stdout.trim();
  if (run.status === 0 && existsSync(folder)) return { folder };
  return { missing: run.stderr.trim() || `the script ended with ${run.status}` };
}

/** The operators that a case uses, without duplicates. */
export function operatorsOf(model: Uint8Array): string[] {
  return [...new Set(decodeModel(model).graph.nodes.map(node => node.opType ?? ''))];
}

export type Outcome =
  | { readonly kind: 'pass'; readonly error: number }
  | { readonly kind: 'wrong'; readonly error: number; readonly text: string }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string };

/** Largest difference that counts as equal, relative to the magnitude of the expected value where that is above 1. */
export const TOLERANCE = 1e-4;

/** Imports a case and compares the float interpreter with the expected outputs of each data set. */
export function runCase(folder: string, name: string): Outcome {
  const path = join(folder, name);
  const model = readFileSync(join(path, 'model.onnx'));
  try {
    let worst = 0;
    for (const set of readdirSync(path).filter(entry => entry.startsWith('test_data_set'))) {
      worst = Math.max(worst, runSet({ model }, join(path, set)));
    }
    if (worst <= TOLERANCE) return { kind: 'pass', error: worst };
    return { kind: 'wrong', error: worst, text: `differs by ${worst.toPrecision(3)}` };
  } catch (error) {
    if (error instanceof BionoirError) return { kind: 'refused', code: error.code, text: error.message };
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'wrong', error: Number.POSITIVE_INFINITY, text };
  }
}

/**
 * A case is tried in several ways, until one passes: with all inputs variable; with all but the first constant (weights,
 * shapes, indices); with all constant (folding); then with the first output alone, and the last.
 */
const WAYS = [
  { firstConstant: 99, outputs: 'all' },
  { firstConstant: 1, outputs: 'all' },
  { firstConstant: 0, outputs: 'all' },
  { firstConstant: 1, outputs: 'first' },
  { firstConstant: 1, outputs: 'last' },
] as const;

type Way = (typeof WAYS)[number];

interface Case {
  readonly model: Uint8Array;
  readonly names: readonly string[];
  readonly files: readonly Uint8Array[];
  readonly outputs: readonly string[];
  readonly set: string;
  /** What the model declares its inputs and outputs to be. */
  readonly types: ReadonlyMap<string, number | undefined>;
}

function runSet({ model }: OnnxModelFiles, set: string): number {
  const { graph: declared } = decodeModel(model);
  const isTensor = (info: { readonly type?: { readonly tensor?: object } }): boolean =>
    info.type?.tensor !== undefined;
  if (![...declared.inputs, ...declared.outputs].every(isTensor)) {
    throw new BionoirError('UNSUPPORTED_OPTION', 'Takes or gives sequences or optional values');
  }
  const known = declared.initializers.map(tensor => tensor.name);
  const names = declared.inputs.map(input => input.name ?? '').filter(name => !known.includes(name));
  const files = names.map((_, i) => readFileSync(join(set, `input_${i}.pb`)));
  const outputs = declared.outputs.map(output => output.name ?? '');
  const types = new Map(
    [...declared.inputs, ...declared.outputs].map(info => [info.name ?? '', info.type?.tensor?.elementType]),
  );
  const attempts: (number | Error)[] = [];
  for (const way of WAYS) {
    try {
      const error = runWay({ model, names, files, outputs, set, types }, way);
      if (error <= TOLERANCE) return error;
      attempts.push(error);
    } catch (error) {
      if (!(error instanceof BionoirError)) throw error;
      attempts.push(error);
    }
  }
  const wrong = attempts.find(attempt => typeof attempt === 'number');
  if (wrong !== undefined) return Number(wrong);
  throw attempts[1] ?? new Error('no attempt');
}

function runWay({ model, names, files, outputs, set, types }: Case, way: Way): number {
  const tensors = names.map((name, i) => readTensor(join(set, `input_${i}.pb`), types.get(name)));
  // a file that says uint16 of a bfloat16 cannot stand in the model
  const constants = range(names.length)
    .slice(way.firstConstant)
    .filter(i => types.get(names[i] ?? '') !== BFLOAT16)
    .map(i => [names[i] ?? '', files[i] ?? new Uint8Array()] as const);
  const chosen = range(outputs.length).filter(i => isChosen(way, i, outputs.length));
  const graph = onnxToGraph(
    { model: withInitializers(model, constants) },
    { softmax: 'keep', outputs: chosen.map(i => outputs[i] ?? '') },
  );
  const given = graph.inputs.map(id => {
    const node = nodeOf(graph, id);
    const spare = new Float64Array(elementCount(node.shape));
    return { shape: node.shape, data: tensors[names.indexOf(node.name)]?.data ?? spare };
  });
  const actual = evaluateGraph(graph, given);
  return Math.max(
    ...chosen.map((index, i) => {
      const data = actual[i]?.data ?? new Float64Array();
      return difference(
        data,
        readTensor(join(set, `output_${index}.pb`), types.get(outputs[index] ?? '')).data,
      );
    }),
  );
}

function isChosen(way: Way, index: number, count: number): boolean {
  return way.outputs === 'all' || index === (way.outputs === 'first' ? 0 : count - 1);
}

/** Files hold a bfloat16 as the uint16 of its bits; the model says what it is. */
function readTensor(path: string, declared?: number): Constant {
  const tensor = decodeTensorProto(readFileSync(path));
  const dataType = declared === BFLOAT16 ? declared : tensor.dataType;
  return decodeTensor({ ...tensor, ...(dataType === undefined ? {} : { dataType }) }, path, () => undefined);
}

const BFLOAT16 = 16;

function difference(actual: ArrayLike<number>, expected: Float64Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((worst, value, i) => {
    if (Object.is(actual[i], value)) return worst;
    const error = Math.abs((actual[i] as number) - value) / Math.max(1, Math.abs(value));
    return Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }, 0);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
