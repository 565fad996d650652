/**
 * SumPooling2D: the sum over each window. Integers need no division, so in a circuit it is what an average is before its
 * scale is corrected: free. With padding 'same' the padded elements count as zeros.
 */
import { avgPool, mul, pad, serialization, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { BionoirError } from '../errors.ts';
import { samePadding } from '../graph/index.ts';
import {
  knownShape,
  Layer,
  type LayerArgs,
  type LayerConfig,
  soleTensor,
  type Tensor,
  wholeOption,
} from './base.ts';

type Pair = readonly [height: number, width: number];

export interface SumPooling2DArgs extends LayerArgs {
  /** Window size; 2 by default. */
  readonly poolSize?: number | Pair;
  /** Steps between windows; the window size by default. */
  readonly strides?: number | Pair;
  /** 'valid', the default: windows inside the image only. */
  readonly padding?: 'valid' | 'same';
}

/** The pool as a layer. */
export class SumPooling2D extends Layer {
  static readonly className = 'SumPooling2D';
  private readonly poolSize: Pair;
  private readonly strides: Pair;
  private readonly padding: 'valid' | 'same';

  constructor(args: SumPooling2DArgs = {}) {
    super(args);
    this.poolSize = pair('poolSize', args.poolSize ?? 2);
    this.strides = pair('strides', args.strides ?? this.poolSize);
    this.padding = paddingMode(args.padding ?? 'valid');
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = soleTensor(inputs) as Tensor4D; // computeOutputShape has refused other ranks
    const ends = this.ends(x.shape.slice(1));
    const padded = this.padding === 'same' ? pad(x, [[0, 0], ...ends, [0, 0]]) : x;
    const average = avgPool(padded as Tensor4D, [...this.poolSize], [...this.strides], 'valid');
    return mul(average, this.poolSize[0] * this.poolSize[1]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const sizes = knownShape(this, inputShape, 3);
    const ends = this.ends(sizes);
    const count = (axis: 0 | 1): number => {
      const length = (sizes[axis] ?? 0) + ends[axis][0] + ends[axis][1];
      return Math.floor((length - this.poolSize[axis]) / this.strides[axis]) + 1;
    };
    return [null, count(0), count(1), sizes[2] ?? 0];
  }

  override getConfig(): LayerConfig {
    const { poolSize, strides, padding } = this;
    return { ...super.getConfig(), poolSize: [...poolSize], strides: [...strides], padding };
  }

  private ends(sizes: readonly number[]): [[number, number], [number, number]] {
    if (this.padding === 'valid')
      return [
        [0, 0],
        [0, 0],
      ];
    const window = { size: this.poolSize, strides: this.strides, dilations: [1, 1] } as const;
    const { top, bottom, left, right } = samePadding(sizes, window);
    return [
      [top, bottom],
      [left, right],
    ];
  }
}

function pair(option: string, value: number | Pair): Pair {
  const [height, width] = typeof value === 'number' ? [value, value] : value;
  const size = (each: unknown): number => wholeOption(SumPooling2D.className, option, each);
  return [size(height), size(width)];
}

function paddingMode(value: string): 'valid' | 'same' {
  if (value === 'valid' || value === 'same') return value;
  throw new BionoirError('USAGE', `SumPooling2D is given padding '${value}'; it takes 'valid' or 'same'.`, {
    details: { padding: value },
  });
}

serialization.registerClass(SumPooling2D);

/** Makes a {@link SumPooling2D}. */
export function sumPooling2D(args: SumPooling2DArgs = {}): SumPooling2D {
  return new SumPooling2D(args);
}
