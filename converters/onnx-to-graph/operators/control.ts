/**
 * If, Loop and Scan, with conditions and lengths that are known while importing: a branch is followed, a loop is written
 * out step by step.
 */
import { intAttribute, intsAttribute } from '../attributes.ts';
import {
  type Call,
  constant,
  malformedNode,
  type OperatorImporter,
  operand,
  part,
  range,
  unsupported,
  type Value,
} from '../context.ts';
import { reshapeValue, selectAxes } from '../moves.ts';
import type { GraphProto } from '../proto.ts';

/** Where the condition is not known, both branches are computed, and the condition chooses. */
export const importIf: OperatorImporter = (call: Call): readonly Value[] => {
  const condition = operand(call, 0);
  const importBranch = (isTaken: boolean): Value[] =>
    call.importSubgraph(bodyOf(call, isTaken ? 'then_branch' : 'else_branch'));
  if (condition.kind === 'constant') return importBranch((condition.data[0] ?? 0) !== 0);
  const choice = reshapeValue(call, condition, []);
  const otherwise = importBranch(false);
  return importBranch(true).map((value, i) => {
    const other = otherwise[i];
    if (value.dims.join() === other?.dims.join()) return part(call, 'Where', [choice, value, other]);
    throw unsupported(
      call,
      `gives ${describeDims(value)} or ${describeDims(other)}, as its condition says`,
      'A circuit has one size: give the branches results of one shape, or end the network before with outputs.',
    );
  });
};

function describeDims(value: Value | undefined): string {
  return value === undefined ? 'nothing' : `[${value.dims.join(', ')}]`;
}

function bodyOf(call: Call, name: string): GraphProto {
  const graph = call.attributes.get(name)?.graph;
  if (graph === undefined) throw malformedNode(call, `has no graph '${name}'`);
  return graph;
}

/** Longer loops would make absurd programs. */
const STEPS_MAX = 4096;

/** Operands: how often at most, whether to begin, what is carried from step to step. */
export const importLoop: OperatorImporter = call => {
  const body = bodyOf(call, 'body');
  const limit = call.inputs[0] === undefined ? STEPS_MAX + 1 : numberOf(call, operand(call, 0), 'its length');
  let condition: Value = call.inputs[1] ?? constant('bool', [], [1]);
  let carried = call.inputs.slice(2).map((_, i) => operand(call, 2 + i));
  const scans: Value[][] = body.outputs.slice(1 + carried.length).map(() => []);
  for (let step = 0; step < limit; step++) {
    if (numberOf(call, condition, 'its condition') === 0) break;
    if (step === STEPS_MAX)
      throw unsupported(call, `repeats more than ${STEPS_MAX} times`, 'Shorten the loop.');
    const results = call.importSubgraph(body, [constant('int64', [], [step]), condition, ...carried]);
    condition = results[0] ?? condition;
    carried = results.slice(1, 1 + carried.length);
    for (const [i, list] of scans.entries()) list.push(result(call, results, 1 + carried.length + i));
  }
  return [...carried, ...scans.map(list => stackAt(call, list, 0))];
};

function numberOf(call: Call, value: Value, what: string): number {
  if (value.kind === 'constant') return value.data[0] ?? 0;
  throw unsupported(
    call,
    `takes ${what} from a tensor that depends on the input`,
    'A circuit has one length: export the model with a fixed number of steps.',
  );
}

function result(call: Call, results: readonly Value[], index: number): Value {
  const value = results[index];
  if (value !== undefined) return value;
  throw malformedNode(call, `has a body with ${results.length} outputs`);
}

/** Puts equal tensors one behind the other along a new axis. */
function stackAt(call: Call, values: readonly Value[], axis: number): Value {
  const parts = values.map(value =>
    reshapeValue(call, value, [...value.dims.slice(0, axis), 1, ...value.dims.slice(axis)]),
  );
  if (parts.length === 0) throw unsupported(call, 'gathers the results of no steps', 'Run it once at least.');
  return part(call, 'Concat', parts, { axis });
}

/** Carries states along slices of sequences; since operator set 9, without a batch. */
export const importScan: OperatorImporter = call => {
  const body = bodyOf(call, 'body');
  const isOld = call.opset < 9;
  const count = intAttribute(call, 'num_scan_inputs', 1);
  const given = call.inputs.slice(isOld ? 1 : 0).map((_, i) => operand(call, i + (isOld ? 1 : 0)));
  const start = given.length - count;
  const first = isOld ? 1 : 0; // the batch of old ones stands in front
  const sequences = given.slice(start);
  const axes = intsAttribute(call, 'scan_input_axes') ?? sequences.map(() => 0);
  const directions = intsAttribute(call, isOld ? 'directions' : 'scan_input_directions') ?? [];
  const axisOf = (i: number): number => {
    const axis = axes[i] ?? 0;
    return (axis < 0 ? axis + (sequences[i]?.dims.length ?? 0) : axis) + first;
  };
  if (isOld && given.some(value => value.dims[0] !== 1))
    throw unsupported(call, 'scans a batch', 'A proof is about one: batch 1.');
  const unbatched = (value: Value): Value => (isOld ? reshapeValue(call, value, value.dims.slice(1)) : value);
  const steps = sequences[0]?.dims[axisOf(0)] ?? 0;
  let states = given.slice(0, start).map(unbatched);
  const scans: Value[][] = body.outputs.slice(start).map(() => []);
  for (const step of range(steps)) {
    const slices = sequences.map((sequence, i) => {
      const at = directions[i] === 1 ? steps - 1 - step : step;
      return unbatched(sliceAt(call, sequence, axisOf(i), at));
    });
    const results = call.importSubgraph(body, [...states, ...slices]);
    states = results.slice(0, start);
    for (const [i, list] of scans.entries()) list.push(result(call, results, start + i));
  }
  const outDirections = intsAttribute(call, 'scan_output_directions') ?? [];
  const outAxes = intsAttribute(call, 'scan_output_axes') ?? [];
  const gathered = scans.map((list, i) => {
    const rank = (list[0]?.dims.length ?? 0) + 1;
    const axis = outAxes[i] ?? 0;
    const order = outDirections[i] === 1 ? [...list].reverse() : list;
    return stackAt(call, order, axis < 0 ? axis + rank : axis);
  });
  const all = [...states, ...gathered];
  return isOld ? all.map(value => reshapeValue(call, value, [1, ...value.dims])) : all;
};

/** One slice along an axis, without that axis. */
function sliceAt(call: Call, value: Value, axis: number, at: number): Value {
  const maps = value.dims.map((_, i) => (i === axis ? [at] : undefined));
  const slice = selectAxes(call, value, maps, `step ${at}`);
  return reshapeValue(
    call,
    slice,
    value.dims.filter((_, i) => i !== axis),
  );
}
