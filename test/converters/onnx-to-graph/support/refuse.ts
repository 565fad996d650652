/** One node that must be refused: its model, and what the error says. */
import { onnxToGraph } from '../../../../converters/onnx-to-graph/index.ts';
import type { ErrorCode } from '../../../../src/errors.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import { type Attributes, CONTRIBUTED, input } from './check.ts';
import { encodeModel, type TensorSpec } from './encode.ts';

export interface Refusal {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes?: Attributes;
  readonly weights?: Readonly<Record<string, TensorSpec>>;
  /** What follows the node's name. */
  readonly text: string;
  /** Shape of the input 'x'; an image of two channels unless said. */
  readonly dims?: readonly number[];
  readonly domain?: string;
  readonly opset?: number;
  readonly code?: ErrorCode;
  /** Outputs of the node besides 'y' that the model gives. */
  readonly more?: readonly string[];
}

const IMAGE = [1, 2, 4, 4] as const;

/** Imports a model of the node alone. */
export function assertRefused(refusal: Refusal): void {
  const { op, inputs, attributes = {}, weights = {}, text, dims = IMAGE, more = [], ...rest } = refusal;
  const { domain = '', opset = 18, code = 'UNSUPPORTED_OPTION' } = rest;
  const model = encodeModel({
    opset,
    domains: { [CONTRIBUTED]: 1, 'ai.onnx.ml': 3 },
    nodes: [{ op, inputs, outputs: ['y', ...more], attributes, domain }],
    inputs: [input('x', ...dims)],
    outputs: ['y', ...more].map(name => ({ name, dims: [], isOpen: true })),
    weights,
  });
  assertThrowsCode(() => onnxToGraph({ model }), code, `${op} 'y' ${text}`);
}
