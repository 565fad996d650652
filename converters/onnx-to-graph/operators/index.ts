/** The table of operators: which importer takes which, and whether it computes constants itself. */
import type { OperatorImporter } from '../context.ts';
import { PATTERN_DOMAIN } from '../patterns.ts';
import * as activations from './activations.ts';
import * as attention from './attention.ts';
import * as classic from './classic.ts';
import * as control from './control.ts';
import * as convolution from './convolution.ts';
import * as dynamic from './dynamic.ts';
import * as elementwise from './elementwise.ts';
import * as fused from './fused.ts';
import { importGridSample } from './grid-sample.ts';
import * as linear from './linear.ts';
import * as lookups from './lookups.ts';
import * as normalisation from './normalisation.ts';
import * as quantised from './quantised.ts';
import { importRecurrent } from './recurrent.ts';
import { importResize } from './resizing.ts';
import * as scattering from './scattering.ts';
import * as selecting from './selecting.ts';
import * as shaping from './shaping.ts';
import * as signal from './signal.ts';
import * as supportVectors from './support-vectors.ts';
import * as volumes from './volumes.ts';
import * as wholeNumbers from './whole-numbers.ts';

/** An operator as the walk needs it. */
export interface Operator {
  readonly import: OperatorImporter;
  /** It gives constants when all its operands are; other operators are then evaluated by the float interpreter. */
  readonly takesConstants: boolean;
}

/** Operators that are computed at once when their operands are known. */
const TAKE_CONSTANTS: Readonly<Record<string, OperatorImporter>> = {
  Abs: activations.importOp({ kind: 'abs' }),
  Acos: activations.importConstantOnly,
  Acosh: activations.importConstantOnly,
  Add: elementwise.importAdd,
  And: elementwise.importAnd,
  Asin: activations.importConstantOnly,
  Asinh: activations.importConstantOnly,
  Atan: activations.importConstantOnly,
  Atanh: activations.importConstantOnly,
  BitShift: wholeNumbers.importBitShift,
  BlackmanWindow: signal.importWindow,
  Cast: shaping.importCast,
  CastLike: shaping.importCastLike,
  Ceil: wholeNumbers.importCeil,
  CenterCropPad: scattering.importCenterCropPad,
  Clip: activations.importClip,
  Col2Im: scattering.importCol2Im,
  Compress: scattering.importCompress,
  Concat: shaping.importConcat,
  Constant: shaping.importConstant,
  ConstantOfShape: shaping.importConstantOfShape,
  Cos: activations.importFunction('cos'),
  Cosh: activations.importCosh,
  DepthToSpace: shaping.importDepthToSpace,
  Div: wholeNumbers.importDiv,
  Dropout: shaping.importDropout,
  Equal: elementwise.importEqual,
  Exp: activations.importFunction('exp'),
  Expand: selecting.importExpand,
  EyeLike: shaping.importEyeLike,
  Flatten: shaping.importFlatten,
  Floor: wholeNumbers.importFloor,
  Gather: selecting.importGather,
  GatherElements: selecting.importGatherElements,
  GatherND: selecting.importGatherNd,
  Greater: elementwise.importGreater,
  GreaterOrEqual: elementwise.importGreaterOrEqual,
  HammingWindow: signal.importWindow,
  HannWindow: signal.importWindow,
  Identity: shaping.importIdentity,
  If: control.importIf,
  IsInf: activations.importIsInf,
  IsNaN: activations.importConstantOnly,
  Less: elementwise.importLess,
  LessOrEqual: elementwise.importLessOrEqual,
  Log: activations.importFunction('log'),
  Loop: control.importLoop,
  Max: elementwise.importMax,
  Mean: elementwise.importMean,
  MelWeightMatrix: signal.importMelWeightMatrix,
  Min: elementwise.importMin,
  Mod: wholeNumbers.importMod,
  Mul: elementwise.importMul,
  Neg: activations.importNeg,
  NonZero: selecting.importNonZero,
  Not: elementwise.importNot,
  OneHot: lookups.importOneHot,
  Or: elementwise.importOr,
  Pad: selecting.importPad,
  Pow: elementwise.importPow,
  Range: shaping.importRange,
  Reciprocal: activations.importReciprocal,
  ReduceProd: shaping.importReduceProd,
  Reshape: shaping.importReshape,
  ReverseSequence: scattering.importReverseSequence,
  Round: wholeNumbers.importRound,
  Scan: control.importScan,
  Scatter: scattering.importScatterElements,
  ScatterElements: scattering.importScatterElements,
  ScatterND: scattering.importScatterNd,
  Shape: shaping.importShape,
  Sign: activations.importOp({ kind: 'sign' }),
  Sin: activations.importFunction('sin'),
  Sinh: activations.importSinh,
  Size: shaping.importSize,
  Slice: selecting.importSlice,
  SpaceToDepth: shaping.importSpaceToDepth,
  Split: selecting.importSplit,
  Sqrt: activations.importFunction('sqrt'),
  Squeeze: shaping.importSqueeze,
  Sub: elementwise.importSub,
  Sum: elementwise.importSum,
  Tan: activations.importConstantOnly,
  Tile: selecting.importTile,
  Transpose: shaping.importTranspose,
  Trilu: selecting.importTrilu,
  Unsqueeze: shaping.importUnsqueeze,
  Where: elementwise.importWhere,
  Xor: elementwise.importXor,
};

const TAKE_VARIABLES: Readonly<Record<string, OperatorImporter>> = {
  ArgMax: normalisation.importArgMax,
  ArgMin: normalisation.importArgMax,
  Attention: attention.importAttention,
  AveragePool: volumes.importPoolOfAny,
  BatchNormalization: activations.importBatchNormalization,
  Celu: activations.importCelu,
  Conv: volumes.importConvOfAny,
  ConvTranspose: convolution.importConvTranspose,
  CumSum: linear.importCumSum,
  DFT: signal.importDft,
  Einsum: linear.importEinsum,
  Elu: activations.importElu,
  Erf: activations.importFunction('erf'),
  Gelu: activations.importGelu,
  GRU: importRecurrent,
  Gemm: linear.importGemm,
  GlobalAveragePool: volumes.globalPoolOfAny(convolution.importGlobalPool),
  GlobalLpPool: convolution.importGlobalLpPool,
  GlobalMaxPool: volumes.globalPoolOfAny(convolution.importGlobalPool),
  GridSample: importGridSample,
  GroupNormalization: normalisation.importGroupNormalization,
  Hardmax: lookups.importHardmax,
  HardSigmoid: activations.importHardSigmoid,
  HardSwish: activations.importHardSwish,
  InstanceNormalization: normalisation.importInstanceNormalization,
  LSTM: importRecurrent,
  LayerNormalization: normalisation.importLayerNormalization,
  LeakyRelu: activations.importLeakyRelu,
  LogSoftmax: normalisation.importLogSoftmax,
  LRN: convolution.importLrn,
  LpNormalization: normalisation.importLpNormalization,
  LpPool: convolution.importLpPool,
  MatMul: linear.importMatMul,
  MaxPool: volumes.importPoolOfAny,
  MeanVarianceNormalization: normalisation.importMeanVarianceNormalization,
  Mish: activations.importFunction('mish'),
  PRelu: activations.importPRelu,
  RMSNormalization: normalisation.importRmsNormalization,
  RNN: importRecurrent,
  RotaryEmbedding: attention.importRotaryEmbedding,
  STFT: signal.importStft,
  SimplifiedLayerNormalization: normalisation.importRmsNormalization,
  ReduceL1: normalisation.importReduceL1,
  ReduceL2: normalisation.importReduceL2,
  ReduceLogSum: normalisation.importReduceLogSum,
  ReduceLogSumExp: normalisation.importReduceLogSumExp,
  ReduceMax: normalisation.importReduceMax,
  ReduceMean: normalisation.importReduceMean,
  ReduceMin: normalisation.importReduceMin,
  ReduceSum: normalisation.importReduceSum,
  ReduceSumSquare: normalisation.importReduceSumSquare,
  Relu: activations.importOp({ kind: 'relu' }),
  Resize: importResize,
  Selu: activations.importSelu,
  Shrink: activations.importShrink,
  Sigmoid: activations.importFunction('sigmoid'),
  Softmax: normalisation.importSoftmax,
  Softplus: activations.importFunction('softplus'),
  Softsign: activations.importFunction('softsign'),
  Swish: activations.importQuickGelu,
  Tanh: activations.importFunction('tanh'),
  ThresholdedRelu: activations.importThresholdedRelu,
  TopK: normalisation.importTopK,
  Upsample: importResize,
};

/** Operators that graph optimisers write, under their own domain. */
const CONTRIBUTED: Readonly<Record<string, OperatorImporter>> = {
  Attention: attention.importPackedAttention,
  BiasGelu: fused.importBiasGelu,
  DynamicQuantizeLSTM: dynamic.importDynamicQuantizeLstm,
  DynamicQuantizeMatMul: dynamic.importDynamicQuantizeMatMul,
  EmbedLayerNormalization: fused.importEmbedLayerNormalization,
  FastGelu: fused.importBiasGelu,
  FusedConv: fused.importFusedConv,
  FusedGemm: fused.importFusedGemm,
  FusedMatMul: fused.importFusedMatMul,
  Gelu: activations.importGelu,
  GroupQueryAttention: attention.importGroupQueryAttention,
  MatMulIntegerToFloat: dynamic.importMatMulIntegerToFloat,
  MatMulNBits: dynamic.importMatMulNBits,
  MultiHeadAttention: attention.importMultiHeadAttention,
  QGemm: quantised.importQGemm,
  QLinearAdd: quantised.importQLinearAdd,
  QLinearConcat: quantised.importQLinearConcat,
  QLinearGlobalAveragePool: quantised.importQLinearGlobalAveragePool,
  QLinearMul: quantised.importQLinearMul,
  QuickGelu: activations.importQuickGelu,
  RotaryEmbedding: attention.importRotaryEmbedding,
  SkipLayerNormalization: fused.importSkipNormalization,
  SkipSimplifiedLayerNormalization: fused.importSkipNormalization,
};

/** Networks that come quantised. */
const QUANTISED: Readonly<Record<string, OperatorImporter>> = {
  ConvInteger: quantised.importConvInteger,
  MatMulInteger: quantised.importMatMulInteger,
  QLinearConv: quantised.importQLinearConv,
  QLinearMatMul: quantised.importQLinearMatMul,
};

/** Those that take constants, too. */
const LINEAR_STEPS: Readonly<Record<string, OperatorImporter>> = {
  DynamicQuantizeLinear: dynamic.importDynamicQuantizeLinear,
  DequantizeLinear: quantised.importDequantizeLinear,
  QuantizeLinear: quantised.importQuantizeLinear,
};

/** ONNX-ML. */
const CLASSIC: Readonly<Record<string, OperatorImporter>> = {
  ArrayFeatureExtractor: classic.importArrayFeatureExtractor,
  Binarizer: classic.importBinarizer,
  FeatureVectorizer: classic.importFeatureVectorizer,
  Imputer: classic.importImputer,
  LinearClassifier: classic.importLinearClassifier,
  LinearRegressor: classic.importLinearRegressor,
  Normalizer: classic.importNormalizer,
  SVMClassifier: supportVectors.importSvmClassifier,
  SVMRegressor: supportVectors.importSvmRegressor,
  Scaler: classic.importScaler,
  TreeEnsembleClassifier: classic.importTreeClassifier,
  TreeEnsembleRegressor: classic.importTreeRegressor,
  ZipMap: classic.importZipMap,
};

/** What patterns.ts recognises. */
const PATTERNS: Readonly<Record<string, OperatorImporter>> = {
  Gelu: activations.importFunction('gelu'),
  GeluTanh: activations.importFunction('gelu-tanh'),
  L2Norm: normalisation.importPatternNorm,
  LayerNorm: normalisation.importPatternNorm,
  Mish: activations.importFunction('mish'),
  Silu: activations.importFunction('silu'),
};

const TABLES: Readonly<Record<string, readonly [Readonly<Record<string, OperatorImporter>>, boolean][]>> = {
  '': [
    [TAKE_CONSTANTS, true],
    [TAKE_VARIABLES, false],
    [QUANTISED, false],
    [LINEAR_STEPS, true],
  ],
  'com.microsoft': [[CONTRIBUTED, false]],
  'ai.onnx.ml': [[CLASSIC, false]],
  [PATTERN_DOMAIN]: [[PATTERNS, false]],
};

/** Finds an operator by domain ('' is ONNX's own) and name. */
export function findOperator(domain: string, opType: string): Operator | undefined {
  for (const [table, takesConstants] of TABLES[domain] ?? []) {
    const found = Object.hasOwn(table, opType) ? table[opType] : undefined;
    if (found !== undefined) return { import: found, takesConstants };
  }
  return undefined;
}

/** Names every operator that is imported, sorted. */
export function supportedOnnxOps(): string[] {
  const tables = Object.entries(TABLES).filter(([domain]) => domain !== PATTERN_DOMAIN);
  const names = tables.flatMap(([, entries]) => entries).flatMap(([table]) => Object.keys(table));
  return [...new Set(names)].sort();
}
