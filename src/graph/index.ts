/** The face of the float graph: types, builder, shapes, printer, interpreter. */
export {
  buildGraph,
  type GraphSpec,
  type NodeSpec,
  nodeOf,
  PIXEL_DOMAIN,
  toGraphSpec,
  toNodeId,
  weightsOf,
} from './build.ts';
export { evaluateGraph, evaluateNodes, toRealInput } from './evaluate.ts';
export { printGraph, weightCount } from './print.ts';
export {
  dilatedSize,
  elementCount,
  formatShape,
  inferShape,
  samePadding,
  sameShape,
  type Window2d,
  windowCount,
} from './shapes.ts';
export type * from './types.ts';
