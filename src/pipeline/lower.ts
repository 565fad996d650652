/** From the artifact of any Noir program to constraints. */
import { chooseProofSystem, lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { probeFunctions } from '../acvm/index.ts';
import type { NoirArtifact } from '../toolchain/index.ts';
import type { Circuit, LowerArtifactOptions } from './network.ts';
import { runStage } from './stages.ts';

/**
 * Turns the artifact of any Noir program into constraints.
 *
 * @throws BionoirError MALFORMED_ARTIFACT, UNKNOWN_RELEASE, UNSUPPORTED_OPCODE, UNSATISFIABLE_PROGRAM ...
 */
export function lowerArtifact(artifact: NoirArtifact, options: LowerArtifactOptions = {}): Promise<Circuit> {
  return runStage('lower', options, onProgress => {
    const { program, locate } = decodeArtifact(artifact);
    const choice = options.proofSystem === 'auto' ? chooseProofSystem(program) : undefined;
    const system = choice?.system ?? options.proofSystem ?? 'groth16';
    const lookups = system === 'ultragroth' ? { lookups: options.lookups ?? {} } : {};
    return {
      artifact,
      program,
      lowered: lowerProgram(program, { locate, onProgress, probe: probeFunctions(program), ...lookups }),
      ...(choice === undefined ? {} : { proofSystemChoice: choice }),
    };
  });
}
