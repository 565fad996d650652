/**
 * EDLight2DConv: an encoder-decoder on each patch of an image, in place of a convolution and its activations.
 *
 * The image is cut into patches of P x P pixels. Each patch (P * P * C values) goes through K hidden units to a patch of
 * P' x P' pixels of C' channels, with weights of its own or, with singleKernel, those that all patches share.
 * Activations: K a patch, whatever the sizes. 'EDLightConv2D' is a second name for the same layer.
 */
import { add, reshape, serialization, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  type CallOptions,
  knownShape,
  type LayerConfig,
  soleTensor,
  type Tensor,
  wholeOption,
} from './base.ts';
import { residualMismatch } from './ed-layer.ts';
import { type EncoderDecoderArgs, EncoderDecoderLayer } from './encoder-decoder.ts';
import { fromPatches, type PatchGrid, patchGrid, toPatches } from './patches.ts';

export interface EDLight2DConvArgs extends Omit<EncoderDecoderArgs, 'hiddenUnits'> {
  /** P: side of the patches that the image is cut into. */
  readonly patchSize: number;
  /** C': channels of the output. */
  readonly filters: number;
  /** K: hidden units, that is activations, of each patch; 10 by default. */
  readonly hiddenUnits?: number;
  /** P': side of the patches of the output; 10 by default. */
  readonly outputPatchSize?: number;
  /** One set of weights for all patches; false by default. */
  readonly singleKernel?: boolean;
  /** Adds the input to the output: needs P' = P and C' = C; false by default. */
  readonly useResidual?: boolean;
}

const DEFAULT_HIDDEN_UNITS = 10;
const DEFAULT_OUTPUT_PATCH_SIZE = 10;

/**
 * The layer. Weights, with G patches (1 with singleKernel): encode_kernel [G, P*P*C, K], decode_kernel [G, K, P'*P'*C'],
 * and behind each a bias and norm [G, units].
 */
export class EDLight2DConv extends EncoderDecoderLayer {
  static readonly className: string = 'EDLight2DConv';
  private readonly patchSize: number;
  private readonly filters: number;
  private readonly outputPatchSize: number;
  private readonly singleKernel: boolean;
  private readonly useResidual: boolean;

  constructor(args: EDLight2DConvArgs) {
    const className = EDLight2DConv.className;
    super(className, { ...args, hiddenUnits: args.hiddenUnits ?? DEFAULT_HIDDEN_UNITS });
    this.patchSize = wholeOption(className, 'patchSize', args.patchSize);
    this.filters = wholeOption(className, 'filters', args.filters);
    const outputPatchSize = args.outputPatchSize ?? DEFAULT_OUTPUT_PATCH_SIZE;
    this.outputPatchSize = wholeOption(className, 'outputPatchSize', outputPatchSize);
    this.singleKernel = args.singleKernel ?? false;
    this.useResidual = args.useResidual ?? false;
  }

  override build(inputShape: Shape | Shape[]): void {
    const grid = this.gridOf(knownShape(this, inputShape, 3));
    const output = this.outputGrid(grid);
    this.addCells({
      count: this.singleKernel ? 1 : grid.rows * grid.columns,
      inputs: grid.patchSize ** 2 * grid.channels,
      outputs: output.patchSize ** 2 * output.channels,
      start: 0,
    });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], options: CallOptions): Tensor {
    const x = soleTensor(inputs);
    const grid = this.gridOf(x.shape.slice(1));
    const output = this.outputGrid(grid);
    const patches = toPatches(x, grid);
    const [cells, batch, length] = patches.shape;
    // Shared weights see every patch as one more picture of the batch.
    const seen: Tensor3D = this.singleKernel ? reshape(patches, [1, cells * batch, length]) : patches;
    const decoded = this.applyCells(seen, options.training === true);
    const y = fromPatches(reshape(decoded, [cells, batch, output.patchSize ** 2 * output.channels]), output);
    return this.useResidual ? add(y, x) : y;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const { rows, columns, patchSize, channels } = this.outputGrid(
      this.gridOf(knownShape(this, inputShape, 3)),
    );
    return [null, rows * patchSize, columns * patchSize, channels];
  }

  override getConfig(): LayerConfig {
    const { patchSize, filters, outputPatchSize, singleKernel, useResidual } = this;
    return { ...super.getConfig(), patchSize, filters, outputPatchSize, singleKernel, useResidual };
  }

  private gridOf(shape: readonly number[]): PatchGrid {
    const grid = patchGrid(this.name, shape, this.patchSize);
    const fits = this.outputPatchSize === grid.patchSize && this.filters === grid.channels;
    if (!this.useResidual || fits) return grid;
    const side = (size: number, channels: number): string => `patches of ${size}x${size}x${channels}`;
    throw residualMismatch(
      this.name,
      side(grid.patchSize, grid.channels),
      side(this.outputPatchSize, this.filters),
    );
  }

  private outputGrid({ rows, columns }: PatchGrid): PatchGrid {
    return { rows, columns, patchSize: this.outputPatchSize, channels: this.filters };
  }
}

/** The same layer under the name that older models use. */
export class EDLightConv2D extends EDLight2DConv {
  static override readonly className = 'EDLightConv2D';
}

serialization.registerClass(EDLight2DConv);
serialization.registerClass(EDLightConv2D);

/** Makes an {@link EDLight2DConv}. */
export function edLight2DConv(args: EDLight2DConvArgs): EDLight2DConv {
  return new EDLight2DConv(args);
}
