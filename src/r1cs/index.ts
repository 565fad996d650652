export {
  createSystemBuilder,
  endConstraint,
  endLinearConstraint,
  finishSystem,
  type Room,
  roomOf,
  type SystemBuilder,
} from './builder.ts';
export { assertSatisfied, checkWitness, type Unsatisfied, type WireValues } from './check.ts';
export {
  addIds,
  type CoefficientTable,
  coefficientOf,
  createCoefficientTable,
  intern,
  internNumber,
  invertId,
  MINUS_ONE_ID,
  multiplyIds,
  negateId,
  ONE_ID,
  smallOf,
  ZERO_ID,
} from './coefficients.ts';
export { type Compaction, compactSystem } from './compact.ts';
export { type CostRow, costTable, printCostTable } from './cost.ts';
export { printFlameGraph } from './flame-html.ts';
export { type FreeGroup, type FreeWireOptions, type FreeWires, findFreeWires } from './free-wires.ts';
export { createRowSums, type EmittedRow, emitNormalized, type RowSums } from './normalize.ts';
export { analyzeBounds, type Bounds, type Interval, isBounded } from './passes/bounds.ts';
export { type CostModel, GROTH16_COSTS } from './passes/cost-model.ts';
export { applyDefinitions, type Definitions, type Simplified } from './passes/definitions.ts';
export { dropTrivial } from './passes/drop-trivial.ts';
export { eliminateLinear } from './passes/eliminate.ts';
export { orientRows } from './passes/orient.ts';
export { packLinear } from './passes/pack.ts';
export { shareRows } from './passes/share.ts';
export { type SimplifiedSystem, type SimplifyOptions, simplifySystem } from './passes/simplify.ts';
export {
  functionKeys,
  lineKeys,
  type ProfileNode,
  type ProfileRow,
  printFolded,
  printProfile,
  profileBy,
  profileTree,
} from './profile.ts';
export { describeProvenance, provenanceOf } from './provenance.ts';
export {
  assertConnected,
  connectWires,
  findUnconnected,
  type ReachabilityOptions,
  rootOf,
} from './reachability.ts';
export {
  dependsOnChallenge,
  firstChallenge,
  firstOfRoundOne,
  firstOfRoundTwo,
  isLookupRow,
} from './rounds.ts';
export {
  type Accumulator,
  accumulate,
  accumulateRow,
  at,
  atByte,
  copyRow,
  createAccumulator,
  createRowBuffer,
  createU32List,
  endRow,
  finishRows,
  finishU32,
  flush,
  push,
  pushRange,
  pushTerm,
  type RowBuffer,
  type U32List,
} from './sparse.ts';
export { parseSystem, printForm, printSystem } from './text.ts';
export { printShare, printTable } from './text-table.ts';
