/** L2Normalization: y = x / sqrt(sum x^2 + epsilon) over the last axis. */
import { add, div, serialization, sqrt, square, sum } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type LayerArgs, type LayerConfig, soleTensor, type Tensor } from './base.ts';

export interface L2NormalizationArgs extends LayerArgs {
  /** Added to the sum of squares; 1e-6 by default. */
  readonly epsilon?: number;
}

const DEFAULT_EPSILON = 1e-6;

/** The normalisation as a layer. */
export class L2Normalization extends Layer {
  static readonly className = 'L2Normalization';
  private readonly epsilon: number;

  constructor(args: L2NormalizationArgs = {}) {
    super(args);
    this.epsilon = args.epsilon ?? DEFAULT_EPSILON;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = soleTensor(inputs);
    const norm = sqrt(add(sum(square(x), -1, true), this.epsilon));
    return div(x, norm);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

serialization.registerClass(L2Normalization);

/** Makes an {@link L2Normalization}. */
export function l2Normalization(args: L2NormalizationArgs = {}): L2Normalization {
  return new L2Normalization(args);
}
