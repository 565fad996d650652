/** ShiftReLU(s): x for x >= 0, 2^-s * x below. In a circuit it costs what a ReLU does. */
import { leakyRelu, serialization } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type LayerArgs, type LayerConfig, soleTensor, type Tensor, wholeOption } from './base.ts';

export interface ShiftReLUArgs extends LayerArgs {
  /** s of the slope 2^-s below zero. */
  readonly shift: number;
}

/** The activation as a layer. */
export class ShiftReLU extends Layer {
  static readonly className = 'ShiftReLU';
  private readonly shift: number;

  constructor(args: ShiftReLUArgs) {
    super(args);
    this.shift = wholeOption(ShiftReLU.className, 'shift', args.shift, 0);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return leakyRelu(soleTensor(inputs), 2 ** -this.shift);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), shift: this.shift };
  }
}

serialization.registerClass(ShiftReLU);

/** Makes a {@link ShiftReLU}. */
export function shiftReLU(args: ShiftReLUArgs): ShiftReLU {
  return new ShiftReLU(args);
}
