/**
 * The face of the pipeline, which knows both ends: a file a stage or two, in order.
 *
 *   model ─▶ Graph ─▶ QuantGraph ─▶ Noir package ─▶ artifact ─▶ Program ─▶ R1CS + recipe ─▶ keys
 *                                                     input ─▶ witness ─▶ proof ─▶ true or false
 */
export { compile, compileNoir, compileUntil } from './compile.ts';
export { estimateModel } from './estimate.ts';
export { type ImportedNetwork, importModel, importNetwork } from './import.ts';
export {
  checkConstrained,
  type Keys,
  type SetupOptions,
  type SetupSubject,
  setup,
  setupUltraGroth,
  type UltraGrothKeys,
  unusedInputs,
} from './keys.ts';
export { lowerArtifact } from './lower.ts';
export type {
  Circuit,
  CompiledNetwork,
  CompileOptions,
  LowerArtifactOptions,
  PartialNetwork,
  ProvableNetwork,
  PublicOutput,
  ReadyNetwork,
} from './network.ts';
export { prove, proveUltraGroth } from './prove.ts';
export { quantizeFor, searchFidelity } from './quantise.ts';
export {
  checkWires,
  type ExecuteProgramOptions,
  execute,
  type SolveOptions,
  type SolveProgramOptions,
  solve,
  solveProgram,
  solveStack,
} from './solve.ts';
export { STAGES, type Stage, type StageListener, type StageOptions } from './stages.ts';
export { verify, verifyUltraGroth } from './verify.ts';
export { checkedWitness, type NetworkWitness, type Witness } from './witness.ts';
