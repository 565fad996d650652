export { type LoweredProgram, type LowerOptions, lowerProgram } from './lower-program.ts';
export { type DescribeStack, type Locate, type Place, placeOfStack } from './origin.ts';
export {
  assertConstrained,
  type ConstrainedOptions,
  type FreeValue,
  type Unconstrained,
} from './under-constrained.ts';
