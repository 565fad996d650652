/** EDLayer: a dense layer from n to m by way of k hidden units; k activations instead of m. */
import { add, expandDims, serialization, squeeze, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { BionoirError } from '../errors.ts';
import {
  type CallOptions,
  knownShape,
  type LayerConfig,
  soleTensor,
  type Tensor,
  wholeOption,
} from './base.ts';
import { type EncoderDecoderArgs, EncoderDecoderLayer } from './encoder-decoder.ts';

export interface EDLayerArgs extends EncoderDecoderArgs {
  /** Output units. */
  readonly units: number;
  /** Adds the input to the output, which must be as long; false by default. */
  readonly useResidual?: boolean;
}

/** The layer. Weights: encode_kernel [1, n, k], decode_kernel [1, k, m], and a bias and norm [1, units] behind each. */
export class EDLayer extends EncoderDecoderLayer {
  static readonly className = 'EDLayer';
  private readonly units: number;
  private readonly useResidual: boolean;

  constructor(args: EDLayerArgs) {
    super(EDLayer.className, args);
    this.units = wholeOption(EDLayer.className, 'units', args.units);
    this.useResidual = args.useResidual ?? false;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [inputs = 0] = knownShape(this, inputShape, 1);
    if (this.useResidual && inputs !== this.units) throw residualMismatch(this.name, inputs, this.units);
    this.addCells({ count: 1, inputs, outputs: this.units, start: 0 });
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[], options: CallOptions): Tensor {
    const x = soleTensor(inputs);
    const y = squeeze(this.applyCells(expandDims(x, 0) as Tensor3D, options.training === true), [0]);
    return this.useResidual ? add(y, x) : y;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    knownShape(this, inputShape, 1);
    return [null, this.units];
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), units: this.units, useResidual: this.useResidual };
  }
}

/** What to say when a residual cannot be added. */
export function residualMismatch(
  name: string,
  input: number | string,
  output: number | string,
): BionoirError {
  return new BionoirError(
    'SHAPE_MISMATCH',
    `Layer '${name}' adds its input (${input}) to its output (${output}); both must have one shape. Change the sizes or leave useResidual out.`,
    { details: { layer: name, input, output }, location: `layer '${name}'` },
  );
}

serialization.registerClass(EDLayer);

/** Makes an {@link EDLayer}. */
export function edLayer(args: EDLayerArgs): EDLayer {
  return new EDLayer(args);
}
