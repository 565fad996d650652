/**
 * Pooling layers. One-dimensional and global pools become two-dimensional ones between reshapes.
 */
import {
  emit,
  type Padding,
  type Pool2dOp,
  type Shape,
  samePadding,
  shapeOf,
} from '../../../src/graph/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  operandOfRank,
  singleOperand,
} from '../emitter.ts';
import {
  type Pair,
  readCount,
  readFlag,
  readPaddingMode,
  readPair,
  requireChannelsLast,
} from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';

type PoolKind = Pool2dOp['kind'];

const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

/** MaxPooling2D or AveragePooling2D. */
export function importPool2d(kind: PoolKind): LayerImporter {
  return (emitter, call) => {
    const { layer } = call;
    requireChannelsLast(layer);
    const shape = operandOfRank(emitter, call, 3, 'height x width x channels');
    const poolSize = readPair(layer, 'pool_size', [2, 2]);
    const op = pool(layer, kind, shape, { poolSize, strides: readPair(layer, 'strides', poolSize) });
    return emit(emitter, layer.name, op, call.operands);
  };
}

/** MaxPooling1D or AveragePooling1D. */
export function importPool1d(kind: PoolKind): LayerImporter {
  return (emitter, call) => {
    const { layer } = call;
    requireChannelsLast(layer);
    const [steps = 0, channels = 0] = operandOfRank(emitter, call, 2, 'steps x channels');
    const poolSize = readCount(layer, 'pool_size', 2);
    const strides = readCount(layer, 'strides', poolSize);
    const image: Shape = [1, steps, channels];
    const op = pool(layer, kind, image, { poolSize: [1, poolSize], strides: [1, strides] });
    return poolBetweenReshapes(emitter, call, image, op, shape => shape.slice(1));
  };
}

/** GlobalMaxPooling2D or GlobalAveragePooling2D. */
export function importGlobalPool2d(kind: PoolKind): LayerImporter {
  return (emitter, call) => {
    const shape = operandOfRank(emitter, call, 3, 'height x width x channels');
    return globalPool(emitter, call, kind, shape);
  };
}

/** GlobalMaxPooling1D or GlobalAveragePooling1D. */
export function importGlobalPool1d(kind: PoolKind): LayerImporter {
  return (emitter, call) => {
    const [steps = 0, channels = 0] = operandOfRank(emitter, call, 2, 'steps x channels');
    return globalPool(emitter, call, kind, [1, steps, channels]);
  };
}

function globalPool(emitter: Emitter, call: LayerCall, kind: PoolKind, image: Shape): string {
  requireChannelsLast(call.layer);
  const keep = readFlag(call.layer, 'keepdims', false);
  const [height = 0, width = 0, channels = 0] = image;
  const poolSize: Pair = [height, width];
  const op: Pool2dOp = { kind, poolSize, strides: poolSize, padding: NO_PADDING };
  const ones = shapeOf(emitter, singleOperand(call)).slice(1).fill(1);
  return poolBetweenReshapes(emitter, call, image, op, () => (keep ? [...ones, channels] : [channels]));
}

function pool(
  layer: KerasLayer,
  kind: PoolKind,
  shape: Shape,
  window: { readonly poolSize: Pair; readonly strides: Pair },
): Pool2dOp {
  const { poolSize, strides } = window;
  const same = readPaddingMode(layer, ['valid', 'same']) === 'same';
  const padding = same ? samePadding(shape, { size: poolSize, strides, dilations: [1, 1] }) : NO_PADDING;
  return { kind, poolSize, strides, padding };
}

/** Pools the operand seen as `image`, and gives the result the shape that the layer's users expect. */
function poolBetweenReshapes(
  emitter: Emitter,
  call: LayerCall,
  image: Shape,
  op: Pool2dOp,
  finalShape: (pooled: Shape) => Shape,
): string {
  const { name } = call.layer;
  const operand = singleOperand(call);
  const isImage = shapeOf(emitter, operand).length === 3;
  const row = isImage ? operand : emit(emitter, `${name}_row`, { kind: 'reshape', shape: image }, [operand]);
  const pooled = emit(emitter, `${name}_pool`, op, [row]);
  const shape = finalShape(shapeOf(emitter, pooled));
  return emit(emitter, name, { kind: 'reshape', shape }, [pooled]);
}
