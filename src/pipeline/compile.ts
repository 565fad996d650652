/** From a model to constraints: about a line a stage, in order. The one place that knows both ends. */
import { linkArtifacts } from '../../converters/nargo-to-acir/index.ts';
import { type ApplicationOptions, planApplication } from '../applications/index.ts';
import { InternalError } from '../errors.ts';
import type { ModelFiles } from '../models.ts';
import { generatePackage, type NoirPackage } from '../noir/index.ts';
import type { QuantGraph } from '../quantize/index.ts';
import { type Diagnostic, type NoirArtifact, noirWasmByParts } from '../toolchain/index.ts';
import { importNetwork } from './import.ts';
import { lowerArtifact } from './lower.ts';
import type { CompiledNetwork, CompileOptions, PartialNetwork } from './network.ts';
import { quantiseOrSearch } from './quantise.ts';
import { runStage, STAGES, type Stage } from './stages.ts';

/**
 * Turns a model (TensorFlow.js, ONNX, classic) into constraints: import, quantise, generate Noir, compile, lower.
 *
 * @throws BionoirError as the stages do: MALFORMED_MODEL, UNSUPPORTED_OP, BOUND_TOO_WIDE, COMPILE_FAILED ...
 */
export async function compile(model: ModelFiles, options: CompileOptions = {}): Promise<CompiledNetwork> {
  const network = await compileUntil(model, 'lower', options);
  const { quantGraph, noirPackage, artifact, program, lowered } = network;
  if (!quantGraph || !noirPackage || !artifact || !program || !lowered)
    throw new InternalError('A stage gave nothing.');
  return { ...network, quantGraph, noirPackage, artifact, program, lowered };
}

/**
 * Compiles as {@link compile} does, but stops after the stage `last`.
 *
 * @throws BionoirError as {@link compile}
 */
export async function compileUntil(
  model: ModelFiles,
  last: Stage,
  options: CompileOptions = {},
): Promise<PartialNetwork> {
  const { graph, application } = await runStage('import', options, () => importNetwork(model, options));
  if (isLast('import', last)) return { graph };
  const quantised = await runStage('quantize', options, onProgress =>
    quantiseOrSearch(graph, application === undefined ? options : { ...options, application }, onProgress),
  );
  if (isLast('quantize', last)) return { graph, ...quantised };
  const generated = await runStage('generate', options, () => generate(quantised.quantGraph, application));
  if (isLast('generate', last)) return { graph, ...quantised, ...generated };
  const artifact = await compileNoir(generated.noirPackage, options);
  if (isLast('compile', last)) return { graph, ...quantised, ...generated, artifact };
  return { graph, ...quantised, ...generated, ...(await lowerArtifact(artifact, options)) };
}

function generate(
  quantGraph: QuantGraph,
  asked: ApplicationOptions | undefined,
): Pick<CompiledNetwork, 'noirPackage' | 'application'> {
  if (asked === undefined) return { noirPackage: generatePackage(quantGraph) };
  const application = planApplication(quantGraph, asked);
  return { noirPackage: generatePackage(quantGraph, { application: asked }), application };
}

/**
 * Compiles a Nargo package, held in memory or in a folder: a generated one after edits by hand, or any other.
 *
 * @throws BionoirError COMPILE_FAILED, COMPILER_CRASHED, MISSING_TOOL, ABORTED
 */
export function compileNoir(
  source: NoirPackage | string,
  options: Pick<CompileOptions, 'toolchain' | 'compileCache' | 'listener' | 'signal'> & {
    /** Called once for each warning of the compiler. */
    readonly onWarning?: (warning: Diagnostic) => void;
  } = {},
): Promise<NoirArtifact> {
  const { signal, onWarning, compileCache, listener } = options;
  const byParts = { link: linkArtifacts, ...(compileCache === undefined ? {} : { cache: compileCache }) };
  return runStage('compile', options, onProgress =>
    (options.toolchain ?? noirWasmByParts(byParts)).compile(source, {
      onProgress,
      onNotice: text => listener?.onNotice?.('compile', text),
      ...(signal === undefined ? {} : { signal }),
      ...(onWarning === undefined ? {} : { onWarning }),
    }),
  );
}

function isLast(stage: Stage, last: Stage): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(last);
}
