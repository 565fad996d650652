/**
 * The encoder-decoder that the ED and SE blocks are made of: for each of G cells with weights of its own (or one set for
 * all), y = norm(decode(activation(norm(encode(x))))), with few hidden units in between. Only these are activations, so
 * only these cost constraints.
 *
 * Tensors stand as [cell, batch, unit]: a batched product of matrices a layer, and its gradients are such products too.
 * Batch normalisation is per cell and unit, over the batch.
 */
import {
  add,
  leakyRelu,
  matMul,
  moments,
  mul,
  relu,
  reshape,
  rsqrt,
  sub,
  type Tensor,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { initializers } from '@tensorflow/tfjs-layers';
import { InternalError } from '../errors.ts';
import { Layer, type LayerArgs, type LayerConfig, type LayerVariable, wholeOption } from './base.ts';

/** Options that all blocks with an encoder-decoder take. */
export interface EncoderDecoderArgs extends LayerArgs {
  /** Hidden units of each cell: the activations that are paid for. */
  readonly hiddenUnits: number;
  /** s of ShiftReLU's slope 2^-s below zero; null, the default, is a plain ReLU. */
  readonly shift?: number | null;
  /** Batch normalisation behind both dense parts (linear at inference, folded on import); true by default. */
  readonly useBatchNorm?: boolean;
  /** How much of a moving mean or variance stays in each step of training; 0.99 by default. */
  readonly momentum?: number;
  /** Added to variances; 1e-3 by default. */
  readonly epsilon?: number;
  /** Makes the first weights reproducible. */
  readonly seed?: number | null;
}

/** Sizes of the cells, known when the input's shape is. */
export interface Cells {
  readonly count: number;
  readonly inputs: number;
  readonly outputs: number;
  /** What outputs are before training learns otherwise: 0, or 1 for factors. */
  readonly start: 0 | 1;
}

interface DensePart {
  readonly kernel: LayerVariable;
  readonly bias: LayerVariable;
  readonly norm?: NormPart;
}

interface NormPart {
  readonly gamma: LayerVariable;
  readonly beta: LayerVariable;
  readonly mean: LayerVariable;
  readonly variance: LayerVariable;
}

const DEFAULTS = { shift: null, useBatchNorm: true, momentum: 0.99, epsilon: 1e-3, seed: null } as const;

/** A layer with an encoder-decoder; subclasses cut their input into cells. */
export abstract class EncoderDecoderLayer extends Layer {
  protected readonly options: Required<Omit<EncoderDecoderArgs, keyof LayerArgs>>;
  private encoder: DensePart | undefined;
  private decoder: DensePart | undefined;

  protected constructor(className: string, args: EncoderDecoderArgs) {
    super(args);
    const { hiddenUnits, shift = null, seed = null } = args;
    this.options = {
      hiddenUnits: wholeOption(className, 'hiddenUnits', hiddenUnits),
      shift: shift === null ? null : wholeOption(className, 'shift', shift, 0),
      useBatchNorm: args.useBatchNorm ?? DEFAULTS.useBatchNorm,
      momentum: args.momentum ?? DEFAULTS.momentum,
      epsilon: args.epsilon ?? DEFAULTS.epsilon,
      seed,
    };
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...this.options };
  }

  /** Makes the weights of all cells. */
  protected addCells(cells: Cells): void {
    const { hiddenUnits, seed } = this.options;
    const { count, inputs, outputs, start } = cells;
    this.encoder = this.addDense('encode', [count, inputs, hiddenUnits], 0, seed);
    this.decoder = this.addDense(
      'decode',
      [count, hiddenUnits, outputs],
      start,
      seed === null ? null : seed + 1,
    );
  }

  /** Applies the cells to [cell, batch, unit]. */
  protected applyCells(x: Tensor3D, training: boolean): Tensor3D {
    if (this.encoder === undefined || this.decoder === undefined)
      throw new InternalError(`Layer '${this.name}' is not built.`);
    const { shift } = this.options;
    const hidden = this.applyDense(this.encoder, x, training);
    const active = shift === null ? relu(hidden) : leakyRelu(hidden, 2 ** -shift);
    return this.applyDense(this.decoder, active, training);
  }

  private addDense(
    part: string,
    shape: [number, number, number],
    start: 0 | 1,
    seed: number | null,
  ): DensePart {
    const [count, inputs, units] = shape;
    const perUnit = [count, units];
    // He's deviation: signals keep their size through a ReLU
    const normal = initializers.randomNormal({
      stddev: Math.sqrt(2 / inputs),
      ...(seed === null ? {} : { seed }),
    });
    const [zeros, ones] = [initializers.zeros(), initializers.ones()];
    const hasNorm = this.options.useBatchNorm;
    const first = start === 1 ? ones : zeros;
    const variable = (name: string, size: number[], from: typeof zeros, trainable = true): LayerVariable =>
      this.addWeight(`${part}_${name}`, size, 'float32', from, undefined, trainable);
    const dense = {
      kernel: variable('kernel', shape, normal),
      bias: variable('bias', perUnit, hasNorm ? zeros : first),
    };
    if (!hasNorm) return dense;
    const norm = {
      gamma: variable('gamma', perUnit, ones),
      beta: variable('beta', perUnit, first),
      mean: variable('moving_mean', perUnit, zeros, false),
      variance: variable('moving_variance', perUnit, ones, false),
    };
    return { ...dense, norm };
  }

  private applyDense(part: DensePart, x: Tensor3D, training: boolean): Tensor3D {
    const y = add(matMul(x, part.kernel.read() as Tensor3D), perUnit(part.bias)) as Tensor3D;
    return part.norm === undefined ? y : this.normalise(part.norm, y, training);
  }

  private normalise(norm: NormPart, x: Tensor3D, training: boolean): Tensor3D {
    const batch = training ? moments(x, 1, true) : undefined;
    if (batch !== undefined) {
      this.moveTowards(norm.mean, batch.mean);
      this.moveTowards(norm.variance, batch.variance);
    }
    const mean = batch?.mean ?? perUnit(norm.mean);
    const variance = batch?.variance ?? perUnit(norm.variance);
    const factor = mul(perUnit(norm.gamma), rsqrt(add(variance, this.options.epsilon)));
    return add(mul(x, factor), sub(perUnit(norm.beta), mul(mean, factor)));
  }

  private moveTowards(average: LayerVariable, observed: Tensor): void {
    const { momentum } = this.options;
    const moved = tidy(() =>
      add(mul(average.read(), momentum), mul(reshape(observed, average.shape as number[]), 1 - momentum)),
    );
    average.write(moved);
    moved.dispose();
  }
}

/** [cell, unit] as [cell, 1, unit], beside the batch. */
function perUnit(variable: LayerVariable): Tensor3D {
  const value = variable.read();
  const [count = 1, units = 1] = value.shape;
  return reshape(value, [count, 1, units]);
}
