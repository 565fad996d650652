export { type Lowering, type LowerOptions, type LowerProgress, lowerProgram } from './lower-program.ts';
export { type DescribeStack, type Locate, type Place, placeOfStack } from './origin.ts';
