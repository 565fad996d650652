/** What a model becomes on its way to constraints, and how it is asked for. */

import type {
  LookupOptions,
  LoweredProgram,
  ProofSystem,
  ProofSystemChoice,
} from '../../converters/acir-to-r1cs/index.ts';
import type { Program } from '../acir/index.ts';
import type { Application, ApplicationOptions } from '../applications/index.ts';
import type { Graph, Normalization } from '../graph/index.ts';
import type { ReadModelOptions } from '../models.ts';
import type { NoirPackage } from '../noir/index.ts';
import type {
  HeldOutData,
  QuantGraph,
  QuantizeOptions,
  SearchReport,
  SearchTarget,
} from '../quantize/index.ts';
import type { ReadyCircuit } from '../solving.ts';
import type { CompileCache, NoirArtifact, NoirToolchain } from '../toolchain/index.ts';
import type { StageOptions } from './stages.ts';

/** What the proof makes public: the numbers before softmax, or the index of the largest one. */
export type PublicOutput = 'logits' | 'label';

/** How to lower a program. */
export interface LowerArtifactOptions extends StageOptions {
  /**
   * The proof system that the constraints are for; 'groth16' by default. 'ultragroth' proves ranges and tables by lookups;
   * 'auto' takes it where it is predicted to at least halve the domain, and says why.
   */
  readonly proofSystem?: ProofSystem | 'auto';
  /** How to look up, with 'ultragroth'. */
  readonly lookups?: LookupOptions;
}

/**
 * `input` and `inputs` say what integers the network takes; by default bytes 0..255 that the network sees as 0..1. `outputs`
 * chooses some of several outputs, or ends the model earlier.
 */
export interface CompileOptions extends LowerArtifactOptions, ReadModelOptions {
  /** How 8-bit pixels were normalised for training, by channel: (pixel / 255 - mean) / deviation. Instead of `input`. */
  readonly normalization?: Normalization;
  /** 'logits' unless said; an application of kind 'classification' takes the label. */
  readonly output?: PublicOutput;
  /** What the proof states about the output, instead of making the output public. */
  readonly application?: ApplicationOptions;
  readonly quantize?: QuantizeOptions;
  /** Searches the bits of every layer for a target, on data that the network was not trained on. */
  readonly fidelity?: HeldOutData & SearchTarget;
  /** The Noir compiler; by default noir_wasm, which compiles large packages layer by layer. */
  readonly toolchain?: NoirToolchain;
  /** Keeps what the default compiler makes of the layers of large packages; see {@link folderCache}. */
  readonly compileCache?: CompileCache;
}

/** A Noir program as constraints: what set-up and proving need, whatever the program came from. */
export interface Circuit {
  readonly artifact: NoirArtifact;
  readonly program: Program;
  /** Constraints with `rounds` are for UltraGroth, others for Groth16. */
  readonly lowered: LoweredProgram;
  /** What 'auto' chose, and why. */
  readonly proofSystemChoice?: ProofSystemChoice;
}

/** A network as constraints, with every stage it went through. */
export interface CompiledNetwork extends Circuit {
  readonly graph: Graph;
  readonly quantGraph: QuantGraph;
  readonly noirPackage: NoirPackage;
  /** What its proofs state, if more than its outputs. */
  readonly application?: Application;
  /** What the search for bits found, where there was one. */
  readonly fidelity?: SearchReport;
}

/** What proving a network needs: its circuit and its integers. A build folder holds just this. */
export type ProvableNetwork = Circuit & Pick<CompiledNetwork, 'quantGraph' | 'application'>;

/** As far as compiling went: the graph at least. */
export type PartialNetwork = Pick<CompiledNetwork, 'graph'> & Partial<CompiledNetwork>;

/** A {@link ProvableNetwork} that was lowered before. */
export type ReadyNetwork = ReadyCircuit & Pick<CompiledNetwork, 'quantGraph' | 'application'>;
