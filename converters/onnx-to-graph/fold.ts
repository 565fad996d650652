/**
 * Constant folding: a node whose operands are all known is computed while importing, by the float interpreter of our graph,
 * so that no operator has a second implementation. Its first operand plays the part of the input.
 */
import { buildGraph, evaluateGraph, removeDeadNodes } from '../../src/graph/index.ts';
import {
  type Call,
  constant,
  emit,
  type Importer,
  type OperatorImporter,
  plainVariable,
  type Value,
} from './context.ts';
import { plainNode } from './layout.ts';
import type { Constant } from './tensors.ts';

/** Imports a node into a graph of its own, and gives what that graph computes. */
export function foldNode(call: Call, importOperator: OperatorImporter): readonly Value[] {
  const [first, ...rest] = call.inputs;
  if (first?.kind !== 'constant') return importOperator(call);
  const importer: Importer = { ...call.importer, nodes: [], shapes: new Map(), memo: new Map() };
  const shape = first.dims.length === 0 ? [1] : first.dims;
  const domain = { min: 0, max: 1, scale: 1, offset: 0 }; // not looked at: real values are given
  const input = emit(importer, 'constant', { kind: 'input', shape, domain }, []);
  const inner: Call = { ...call, importer, inputs: [plainVariable(first.type, first.dims, input), ...rest] };
  const outputs = importOperator(inner);
  return outputs.map(output => evaluateOutput(inner, output, { ...first, dims: shape }));
}

function evaluateOutput(call: Call, output: Value, input: Constant): Constant {
  if (output.kind === 'constant') return output;
  const node = plainNode(call, output);
  const graph = buildGraph({ name: call.name, nodes: call.importer.nodes, outputs: [node] });
  const [result] = evaluateGraph(removeDeadNodes(graph), [{ shape: input.dims, data: input.data }]);
  return constant(output.type, output.dims, result?.data ?? []);
}
