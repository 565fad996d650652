/**
 * What the layer of an integer operator of src/quantize/operators has to state once: its words and its module.
 */
import type { ExtendedQuantKind, ExtendedQuantOp } from '../../quantize/index.ts';
import type { Layer } from '../layers.ts';
import type { ModuleParts } from '../module-parts.ts';
import type { Division } from '../submodules.ts';

/** The operator type of a kind. */
export type QuantOpOfKind<K extends ExtendedQuantKind> = Extract<ExtendedQuantOp, { readonly kind: K }>;

export interface LayerDefinition<O extends ExtendedQuantOp> {
  /** Kind and options in words. */
  readonly summary: (op: O) => string;
  /** What its constraints prove, one of many: "product". */
  readonly gadget: string;
  /** The functions and constants of the layer's module; `forward` takes the operands in order. */
  readonly module: (layer: Layer, op: O, division?: Division) => ModuleParts;
}
