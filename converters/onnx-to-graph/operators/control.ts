/** If, with a condition that is known while importing: exporters write it around shapes. */
import { type Call, constantOperand, malformedNode, type OperatorImporter, type Value } from '../context.ts';

export const importIf: OperatorImporter = (call: Call): readonly Value[] => {
  const condition = constantOperand(call, 0, 'its condition').data[0] ?? 0;
  const branch = condition === 0 ? 'else_branch' : 'then_branch';
  const graph = call.attributes.get(branch)?.graph;
  if (graph === undefined) throw malformedNode(call, `has no graph '${branch}'`);
  return call.importSubgraph(graph);
};
