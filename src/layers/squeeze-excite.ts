/**
 * Squeeze and excite: channels of an image are multiplied by factors that an encoder-decoder finds from their means.
 *
 * SELightBlock: one factor a channel, K activations and H * W * C products. SEHeavyBlock: the same on each patch of
 * P x P pixels, with weights of its own: K activations a patch. Factors are not bounded by a sigmoid; they begin at one.
 */
import { expandDims, mean, mul, reshape, serialization, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  type CallOptions,
  knownShape,
  type LayerConfig,
  soleTensor,
  type Tensor,
  wholeOption,
} from './base.ts';
import { type EncoderDecoderArgs, EncoderDecoderLayer } from './encoder-decoder.ts';
import { fromPatches, patchGrid, toPatches } from './patches.ts';

export type SELightBlockArgs = EncoderDecoderArgs;

export interface SEHeavyBlockArgs extends EncoderDecoderArgs {
  /** P: side of the patches. */
  readonly patchSize: number;
}

/** One factor a channel. Weights: encode_kernel [1, C, K], decode_kernel [1, K, C], a bias and norm behind each. */
export class SELightBlock extends EncoderDecoderLayer {
  static readonly className = 'SELightBlock';

  constructor(args: SELightBlockArgs) {
    super(SELightBlock.className, args);
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , channels = 0] = knownShape(this, inputShape, 3);
    this.addCells({ count: 1, inputs: channels, outputs: channels, start: 1 });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], options: CallOptions): Tensor {
    const x = soleTensor(inputs);
    const means = expandDims(mean(x, [1, 2]), 0) as Tensor3D;
    const [, batch, channels] = means.shape;
    const factors = this.applyCells(means, options.training === true);
    return mul(x, reshape(factors, [batch, 1, 1, channels]));
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [null, ...knownShape(this, inputShape, 3)];
  }
}

/** One factor a channel and patch. Weights as {@link SELightBlock}'s, with the number of patches for 1. */
export class SEHeavyBlock extends EncoderDecoderLayer {
  static readonly className = 'SEHeavyBlock';
  private readonly patchSize: number;

  constructor(args: SEHeavyBlockArgs) {
    super(SEHeavyBlock.className, args);
    this.patchSize = wholeOption(SEHeavyBlock.className, 'patchSize', args.patchSize);
  }

  override build(inputShape: Shape | Shape[]): void {
    const grid = patchGrid(this.name, knownShape(this, inputShape, 3), this.patchSize);
    const { rows, columns, channels } = grid;
    this.addCells({ count: rows * columns, inputs: channels, outputs: channels, start: 1 });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], options: CallOptions): Tensor {
    const x = soleTensor(inputs);
    const grid = patchGrid(this.name, x.shape.slice(1), this.patchSize);
    const patches = toPatches(x, grid);
    const [cells, batch, length] = patches.shape;
    const pixels = reshape(patches, [cells, batch, grid.patchSize ** 2, grid.channels]);
    const factors = this.applyCells(mean(pixels, 2) as Tensor3D, options.training === true);
    const scaled = mul(pixels, reshape(factors, [cells, batch, 1, grid.channels]));
    return fromPatches(reshape(scaled, [cells, batch, length]), grid);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [null, ...knownShape(this, inputShape, 3)];
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), patchSize: this.patchSize };
  }
}

serialization.registerClass(SELightBlock);
serialization.registerClass(SEHeavyBlock);

/** Makes a {@link SELightBlock}. */
export function seLightBlock(args: SELightBlockArgs): SELightBlock {
  return new SELightBlock(args);
}

/** Makes a {@link SEHeavyBlock}. */
export function seHeavyBlock(args: SEHeavyBlockArgs): SEHeavyBlock {
  return new SEHeavyBlock(args);
}
