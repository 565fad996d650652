/** The step between integer layers of a network that comes quantised: multiply, shift, saturate. */
import { checkLength } from '../shape-checks.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import type { RequantizeOp } from './types.ts';

export const requantize: OperatorDefinition<RequantizeOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    checkLength(context, 'multipliers', op.multipliers.length, x.at(-1) ?? 1);
    checkLength(context, 'offsets', op.offsets.length, x.at(-1) ?? 1);
    return x;
  },
  evaluate: (op, [x]) => {
    const channels = op.multipliers.length;
    return (x as Values).data.map((value, i) => {
      const product = value * (op.multipliers[i % channels] as number) + (op.offsets[i % channels] as number);
      return Math.min(Math.max(Math.floor(product / 2 ** op.shiftBits), 0), op.max - op.min) + op.min;
    });
  },
  print: op => [`${op.min}..${op.max}`, `shift ${op.shiftBits}`],
  complaint: op => {
    const numbers = [...op.multipliers, ...op.offsets, op.shiftBits, op.min, op.max];
    if (numbers.every(Number.isSafeInteger) && op.min <= op.max && op.shiftBits >= 0) return undefined;
    return `the multipliers, offsets and limits ${op.shiftBits}, ${op.min}, ${op.max}; they must be whole numbers`;
  },
};
