/** The table of operators: TensorFlow's name to importer, and what to say about the others. */
import { BionoirError } from '../../../src/errors.ts';
import type { OpImporter } from '../context.ts';
import type { GraphNode } from '../nodes.ts';
import {
  func,
  importExpm1,
  importLeakyRelu,
  importLog1p,
  importPrelu,
  importSoftmax,
  unary,
} from './activations.ts';
import * as arithmetic from './arithmetic.ts';
import * as constants from './constants.ts';
import * as contractions from './contractions.ts';
import * as convolutions from './convolutions.ts';
import { importGatherNd } from './gather-nd.ts';
import { importBatchMatMul, importFusedMatMul, importMatMul } from './matrices.ts';
import { pool, reduction } from './pooling.ts';
import * as rounding from './rounding.ts';
import * as selection from './selection.ts';
import * as shapes from './shapes.ts';

const IMPORTERS: Readonly<Record<string, OpImporter>> = {
  // arithmetic
  Add: arithmetic.importAdd,
  AddV2: arithmetic.importAdd,
  AddN: arithmetic.importAddN,
  BiasAdd: arithmetic.importAdd,
  Sub: arithmetic.importSub,
  Mul: arithmetic.importMul,
  RealDiv: arithmetic.importDiv,
  Div: arithmetic.importDiv,
  Reciprocal: arithmetic.importReciprocal,
  Neg: arithmetic.importNeg,
  Square: arithmetic.importSquare,
  SquaredDifference: arithmetic.importSquaredDifference,
  Pow: arithmetic.importPow,
  Maximum: arithmetic.importMaximum,
  Minimum: arithmetic.importMinimum,
  ClipByValue: arithmetic.importClip,
  // functions
  Abs: unary({ kind: 'abs' }),
  Sign: unary({ kind: 'sign' }),
  Rsqrt: unary({ kind: 'rsqrt', epsilon: 0 }),
  Sqrt: func('sqrt'),
  Exp: func('exp'),
  Expm1: importExpm1,
  Log: func('log'),
  Log1p: importLog1p,
  Erf: func('erf'),
  Sin: func('sin'),
  Cos: func('cos'),
  Softsign: func('softsign'),
  Relu: unary({ kind: 'relu' }),
  Relu6: unary({ kind: 'relu', max: 6 }),
  LeakyRelu: importLeakyRelu,
  Prelu: importPrelu,
  Elu: func('elu'),
  Selu: func('selu'),
  Sigmoid: func('sigmoid'),
  Tanh: func('tanh'),
  Softplus: func('softplus'),
  Softmax: importSoftmax,
  // layers
  Conv2D: convolutions.importConv2d,
  _FusedConv2D: convolutions.importFusedConv2d,
  DepthwiseConv2dNative: convolutions.importDepthwise,
  DepthwiseConv2d: convolutions.importDepthwise,
  FusedDepthwiseConv2dNative: convolutions.importFusedDepthwise,
  Conv2DBackpropInput: convolutions.importConvTranspose,
  FusedBatchNorm: convolutions.importBatchNorm,
  FusedBatchNormV2: convolutions.importBatchNorm,
  FusedBatchNormV3: convolutions.importBatchNorm,
  MatMul: importMatMul,
  _FusedMatMul: importFusedMatMul,
  BatchMatMul: importBatchMatMul,
  BatchMatMulV2: importBatchMatMul,
  Einsum: contractions.importEinsum,
  Cumsum: contractions.importCumsum,
  LRN: contractions.importLrn,
  LogSoftmax: contractions.importLogSoftmax,
  OneHot: contractions.importOneHot,
  MaxPool: pool('max-pool2d'),
  AvgPool: pool('average-pool2d'),
  Sum: reduction('sum'),
  Mean: reduction('mean'),
  Max: reduction('max'),
  Min: reduction('min'),
  Any: reduction('max'),
  All: reduction('min'),
  // shapes
  Identity: shapes.importIdentity,
  IdentityN: shapes.importIdentityN,
  Snapshot: shapes.importIdentity,
  StopGradient: shapes.importIdentity,
  PreventGradient: shapes.importIdentity,
  CheckNumerics: shapes.importIdentity,
  EnsureShape: shapes.importIdentity,
  Reshape: shapes.importReshape,
  Squeeze: shapes.importSqueeze,
  ExpandDims: shapes.importExpandDims,
  Transpose: shapes.importTranspose,
  Slice: shapes.importSlice,
  StridedSlice: shapes.importStridedSlice,
  ConcatV2: shapes.concat('last'),
  Concat: shapes.concat('first'),
  Pack: shapes.importPack,
  Unpack: shapes.importUnpack,
  Split: shapes.importSplit,
  SplitV: shapes.importSplitV,
  Tile: shapes.importTile,
  BroadcastTo: shapes.importBroadcastTo,
  Reverse: shapes.importReverse,
  ReverseV2: shapes.importReverse,
  DepthToSpace: shapes.importDepthToSpace,
  SpaceToDepth: shapes.importSpaceToDepth,
  Pad: shapes.pad('zeros'),
  PadV2: shapes.pad('zeros'),
  MirrorPad: shapes.pad('mirror'),
  ResizeNearestNeighbor: shapes.importResizeNearest,
  ResizeBilinear: shapes.importResizeBilinear,
  // selection
  Greater: selection.comparison('greater'),
  GreaterEqual: selection.comparison('greater-or-equal'),
  Less: selection.comparison('less'),
  LessEqual: selection.comparison('less-or-equal'),
  Equal: selection.comparison('equal'),
  NotEqual: selection.importNotEqual,
  LogicalNot: selection.importNot,
  LogicalAnd: selection.importAnd,
  LogicalOr: selection.importOr,
  Select: selection.importSelect,
  SelectV2: selection.importSelect,
  ArgMax: selection.importArgMax,
  ArgMin: selection.importArgMin,
  TopKV2: selection.importTopK,
  GatherNd: importGatherNd,
  Gather: selection.importGather,
  GatherV2: selection.importGather,
  Cast: selection.importCast,
  // constants
  Shape: constants.importShape,
  ShapeN: constants.importShapeN,
  Size: constants.importSize,
  Rank: constants.importRank,
  ZerosLike: constants.filledLike(0),
  OnesLike: constants.filledLike(1),
  Fill: constants.importFill,
  Range: constants.importRange,
  Prod: constants.importProd,
  SparseToDense: constants.importSparseToDense,
  // rounding
  Floor: rounding.importFloor,
  Ceil: rounding.importCeil,
  Round: rounding.importRound,
  Rint: rounding.importRound,
  FloorDiv: rounding.importFloorDiv,
  FloorMod: rounding.importFloorMod,
};

const LOOP =
  'A circuit has one length: end the network before its loops with outputs, or convert it without them.';
const NO_FIXED_SIZE = 'What it gives has no fixed size: end the network before it with outputs.';

/** What would work instead. */
const ADVICE: Readonly<Record<string, string>> = {
  CropAndResize: 'Cut the picture before the network.',
  While: 'Unroll the loop, or import the Keras model itself.',
  StatelessWhile: 'Unroll the loop, or import the Keras model itself.',
  Enter: LOOP,
  Exit: LOOP,
  LoopCond: LOOP,
  NextIteration: LOOP,
  Merge: LOOP,
  Switch: LOOP,
  NonMaxSuppressionV3: NO_FIXED_SIZE,
  NonMaxSuppressionV4: NO_FIXED_SIZE,
  NonMaxSuppressionV5: NO_FIXED_SIZE,
  Where: `${NO_FIXED_SIZE} For a choice, use Select.`,
};

/** Tells whether a node is part of a loop or a branch, which go round or stay without a result. */
export function isControlFlow({ op }: GraphNode): boolean {
  return ADVICE[op] === LOOP;
}

/**
 * Finds the importer of an operator.
 *
 * @throws UNSUPPORTED_OP for an operator without one, with what would work.
 */
export function importerOf(node: GraphNode): OpImporter {
  const importer = Object.hasOwn(IMPORTERS, node.op) ? IMPORTERS[node.op] : undefined;
  if (importer !== undefined) return importer;
  const advice = ADVICE[node.op] ?? `Supported operators are: ${supportedOps().join(', ')}.`;
  throw new BionoirError(
    'UNSUPPORTED_OP',
    `Node '${node.name}' is a ${node.op}, which is not supported. ${advice}`,
    { details: { node: node.name, op: node.op }, location: `node '${node.name}'` },
  );
}

/** Lists the operators that are read, in alphabetical order. */
export function supportedOps(): string[] {
  return [...Object.keys(IMPORTERS), 'Const', 'Placeholder', 'PlaceholderWithDefault'].sort();
}
