/** What is known of a tensor's sign, from the operators that make it. */
import type { GraphWriter } from '../../../src/graph/index.ts';

const DEPTH_MAX = 16;

/** Tells whether no element of a tensor can be negative, as far as its last operators show. */
export function isNonNegative(writer: GraphWriter, name: string, depth = 0): boolean {
  const node = writer.nodes.find(candidate => candidate.name === name);
  if (node === undefined || depth > DEPTH_MAX) return false;
  const { op, inputs } = node;
  const operands = (): boolean => inputs.every(input => isNonNegative(writer, input, depth + 1));
  switch (op.kind) {
    case 'relu':
    case 'abs':
    case 'softmax':
    case 'reciprocal':
    case 'rsqrt':
    case 'compare':
    case 'argmax':
    case 'top-k':
      return true;
    case 'floor':
      return op.numerator > 0 && op.shift >= 0 && operands();
    case 'function':
      return ['sigmoid', 'exp', 'softplus', 'sqrt'].includes(op.name);
    case 'multiply':
      return inputs[0] === inputs[1] || operands();
    case 'affine':
      return [...op.scale, ...op.shift].every(value => value >= 0) && operands();
    case 'scale':
      return (
        [op.factor, op.shift].every(values =>
          typeof values === 'number' ? values >= 0 : values.every(value => value >= 0),
        ) && operands()
      );
    case 'add':
    case 'maximum':
    case 'minimum':
    case 'reshape':
    case 'rearrange':
    case 'transpose':
    case 'reduce':
    case 'concat':
    case 'pad':
    case 'max-pool2d':
    case 'average-pool2d':
      return operands();
    default:
      return false;
  }
}
