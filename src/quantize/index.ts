/** The face of the quantiser: float graph to exact integers, their interpreter, their printed form. */
export type { NodeEstimate } from './costs.ts';
export { type ConstraintEstimate, constraintEstimate } from './estimate.ts';
export {
  type ArithmeticChoice,
  type EvaluationPlan,
  evaluateQuantGraph,
  evaluateQuantNodes,
  planEvaluation,
  quantNodeOf,
} from './evaluate.ts';
export {
  type FidelityReport,
  measureFidelity,
  type OutputFidelity,
  printFidelityReport,
} from './fidelity.ts';
export { dequantizeOutput, type InputUnit, quantizeInput } from './inputs.ts';
export { hubCountOf } from './operators/bilinear.ts';
export { isExtendedQuant } from './operators/index.ts';
export type * from './operators/inverse-types.ts';
export { checkLanes, isPaired, packedColumns } from './operators/lanes.ts';
export type * from './operators/reduction-types.ts';
export { segmentBits } from './operators/table.ts';
export { isFolded, questionCount } from './operators/trees.ts';
export type * from './operators/types.ts';
export { DEFAULT_QUANTIZE_OPTIONS, type QuantizeOptions, type Sample } from './options.ts';
export { printQuantGraph } from './print.ts';
export { type QuantizedWithBits, quantize, quantizeWithBits } from './quantize.ts';
export type { LayerDetails, WidthDetails } from './search/details.ts';
export type { DropKind, HeldOutData, Judgement } from './search/judge.ts';
export type { Bits } from './search/path.ts';
export { type ReportOptions, reportSearch, type SearchReport } from './search/report.ts';
export { printSearchReport } from './search/report-html.ts';
export {
  type SearchOptions,
  type SearchPoint,
  type SearchResult,
  type SearchTarget,
  searchBits,
} from './search/search.ts';
export { decodeQuantGraph, encodeQuantGraph } from './serialize.ts';
export type * from './types.ts';
