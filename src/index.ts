/**
 * bionoir: prove a neural network's output on a private input.
 *
 * The pipeline is `compile`, `setup`, `solve`, `prove`, `verify`; everything else here is its nouns, their printed forms
 * and their file formats.
 *
 * @packageDocumentation
 */

export {
  chooseProofSystem,
  type LookupOptions,
  type LookupReport,
  type OpcodeCost,
  opcodeCosts,
  PROOF_SYSTEMS,
  type PredictedCost,
  type ProofSystem,
  type ProofSystemChoice,
  printOpcodeCosts,
} from '../converters/acir-to-r1cs/index.ts';
export { supportedOps } from '../converters/graphmodel-to-graph/index.ts';
export { isClassicModel } from '../converters/json-to-graph/index.ts';
export { kerasToTfjs } from '../converters/keras-to-tfjs/index.ts';
export {
  cutZkeyHead,
  isUltraGrothJson,
  isUltraGrothZkey,
  parseProof,
  parsePublicSignals,
  parseUltraGrothKey,
  parseUltraGrothProof,
  parseVerificationKey,
  printProof,
  printPublicSignals,
  printUltraGrothKey,
  printUltraGrothProof,
  printVerificationKey,
} from '../converters/keys-to-iden3/index.ts';
export { readWitnessStack, writeWitnessStack } from '../converters/nargo-to-acir/index.ts';
export {
  type OnnxModelFiles,
  onnxExternalPaths,
  supportedOnnxOps,
} from '../converters/onnx-to-graph/index.ts';
export {
  readR1cs,
  readR1csFile,
  readWtns,
  writeR1cs,
  writeSym,
  writeWtns,
} from '../converters/r1cs-to-iden3/index.ts';
export { supportedLayers } from '../converters/tfjs-to-graph/index.ts';
export { printProgram, publicSpans } from './acir/index.ts';
export {
  type Application,
  type ApplicationKind,
  type ApplicationOptions,
  type Claim,
  commitValues,
  comparedValue,
  type Enrolment,
  type FieldNumber,
  parseEnrolment,
  planApplication,
  printEnrolment,
  type ResolvedClaim,
  readStatement,
  type SignalSpan,
  type Statement,
  signalNames,
  signalSpans,
  thresholdInteger,
  thresholdReal,
} from './applications/index.ts';
export {
  decodeProof,
  decodeUltraGrothProof,
  encodeProof,
  encodeUltraGrothProof,
  Groth16Backend,
  type Groth16BackendOptions,
  type ProgramSource,
  type ProofData,
  UltraGrothBackend,
  type UltraGrothBackendOptions,
} from './backend/index.ts';
export { circuitFiles } from './browser/index.ts';
export type { ByteSource } from './bytes/index.ts';
export { enrol, readImageInput, readImageParameter, readImageSample } from './claiming.ts';
export { BionoirError, ERROR_CODES, type ErrorCode, InternalError } from './errors.ts';
export { BN254_SCALAR_PRIME } from './field/index.ts';
export {
  evaluateGraph,
  type Graph,
  type InputDomain,
  type Normalization,
  printGraph,
  toRealInput,
  weightCount,
} from './graph/index.ts';
export {
  applyBeacon,
  type BatchResult,
  contribute,
  DEVELOPMENT_SETUP_WARNING,
  exportVerificationKey,
  type Groth16Claim,
  type PtauReport,
  readContributions,
  verifyBatch,
  verifyCeremony,
  verifyPtau,
} from './groth16/index.ts';
export {
  type Image,
  type ImageOptions,
  imageToInput,
  isImageFile,
  isOtherImageFile,
  readImage,
} from './images/index.ts';
export {
  type FileSource,
  type Groth16Points,
  type Groth16VerificationKey,
  KERNEL_CHOICES,
  type Kernel,
  type KernelChoice,
  type LoadedProvingKey,
  openFileSource,
  openKernel,
  type UltraGrothPoints,
  type UltraGrothVerificationKey,
} from './kernel/index.ts';
export {
  type Estimated,
  type EstimateTotals,
  estimateLayers,
  type Highlight,
  type LayerCost,
  type LayerEstimate,
  layerCosts,
  type NetworkEstimate,
  printLayerCosts,
  printNetworkEstimate,
} from './layer-costs.ts';
export type { ModelFiles, ReadModelOptions } from './models.ts';
export { generatePackage, type NoirPackage, proverInputs, proverToml } from './noir/index.ts';
export {
  type Circuit,
  type CompiledNetwork,
  type CompileOptions,
  checkConstrained,
  checkWires,
  compile,
  compileNoir,
  compileUntil,
  type ExecuteProgramOptions,
  estimateModel,
  execute,
  type ImportedNetwork,
  importModel,
  importNetwork,
  type Keys,
  type LowerArtifactOptions,
  lowerArtifact,
  type NetworkWitness,
  type PartialNetwork,
  type ProvableNetwork,
  type PublicOutput,
  prove,
  proveUltraGroth,
  quantizeFor,
  type ReadyNetwork,
  type SetupOptions,
  type SetupSubject,
  type SolveOptions,
  type SolveProgramOptions,
  STAGES,
  type Stage,
  type StageListener,
  type StageOptions,
  searchFidelity,
  setup,
  setupUltraGroth,
  solve,
  solveProgram,
  solveStack,
  type UltraGrothKeys,
  unusedInputs,
  verify,
  verifyUltraGroth,
  type Witness,
} from './pipeline/index.ts';
export {
  constraintEstimate,
  decodeQuantGraph,
  dequantizeOutput,
  encodeQuantGraph,
  evaluateQuantGraph,
  type HeldOutData,
  type IntTensor,
  type LayerDetails,
  measureFidelity,
  printFidelityReport,
  printQuantGraph,
  printSearchReport,
  type QuantGraph,
  type QuantizeOptions,
  quantize,
  quantizeInput,
  type Sample,
  type SearchOptions,
  type SearchPoint,
  type SearchReport,
  type SearchResult,
  type SearchTarget,
  searchBits,
} from './quantize/index.ts';
export {
  checkWitness,
  costTable,
  functionKeys,
  lineKeys,
  type ProfileNode,
  type ProfileRow,
  printCostTable,
  printFlameGraph,
  printFolded,
  printProfile,
  printSystem,
  profileBy,
  profileTree,
} from './r1cs/index.ts';
export type { ConstraintSystem } from './r1cs/types.ts';
export {
  type ConsumerContract,
  type ConsumerOptions,
  consumerContract,
  encodeCall,
  encodeUltraGrothCall,
  printCalldata,
  printUltraGrothCalldata,
  ultraGrothVerifierContract,
  type VerifierContractOptions,
  verifierContract,
} from './solidity/index.ts';
export { type ReadyCircuit, witnessProgramOf } from './solving.ts';
export { type TfjsModelFiles, tfjsWeightPaths } from './tensorflow/index.ts';
export {
  type CacheOptions,
  type CompileCache,
  type Compiled,
  type Diagnostic,
  defaultCacheFolder,
  type Execution,
  findPackage,
  findPackages,
  folderCache,
  type InputMap,
  lastChange,
  type NargoPackage,
  type NoirArtifact,
  type NoirToolchain,
  type NoirWasmByPartsOptions,
  nargo,
  noirWasm,
  noirWasmByParts,
  type ProgramInput,
  type ProgramInputs,
  parseProverToml,
  readPackage,
  showValue,
  type TypedNumbers,
} from './toolchain/index.ts';
export {
  applyBeacon as applyUltraGrothBeacon,
  assertRoundsSound,
  contribute as contributeToUltraGroth,
  exportVerificationKey as exportUltraGrothKey,
  loadProvingKey as loadUltraGrothKey,
  type RoundsReport,
  readContributions as readUltraGrothContributions,
  setupFromPtau as setupUltraGrothFromPtau,
  type UltraGrothProofResult,
  type UltraGrothProvingKey,
  verifyBatch as verifyUltraGrothBatch,
  verifyCeremony as verifyUltraGrothCeremony,
} from './ultragroth/index.ts';
export { WITNESS_PROGRAM_VERSION } from './witness/index.ts';
