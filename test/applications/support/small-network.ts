/** A network of a few numbers with each application, from integers to constraints, for tests. */
import { seededRandom } from '../../../fixtures/data/random.ts';
import { type ApplicationOptions, planApplication } from '../../../src/applications/index.ts';
import { buildGraph, type NodeSpec, type Op } from '../../../src/graph/index.ts';
import { generatePackage } from '../../../src/noir/index.ts';
import { compileNoir, lowerArtifact, type ProvableNetwork } from '../../../src/pipeline/index.ts';
import { type QuantGraph, quantize } from '../../../src/quantize/index.ts';

/** Pixels 0 to 15 in 3 rows of 4. */
export const SAMPLE = [0, 15, 3, 7, 1, 12, 9, 4, 15, 2, 6, 8];
/** Near to {@link SAMPLE}. */
export const NEAR_SAMPLE = [1, 15, 3, 7, 1, 12, 8, 4, 15, 2, 6, 9];
/** Far from {@link SAMPLE}. */
export const FAR_SAMPLE = [15, 15, 15, 15, 15, 15, 0, 0, 0, 0, 0, 15];

/** 3 x 4 x 1 pixels -> 3 ReLU -> `units` numbers, or the index of the largest. */
export function smallQuantGraph(units: number, last: 'numbers' | 'label' = 'numbers'): QuantGraph {
  const random = seededRandom(17);
  const dense = (inputs: number, outputs: number): Op => ({
    kind: 'dense',
    units: outputs,
    weights: Float32Array.from({ length: inputs * outputs }, () => random.normal() / 2),
    bias: Float32Array.from({ length: outputs }, () => random.normal() / 4),
  });
  const nodes: NodeSpec[] = [
    {
      name: 'pixels',
      op: { kind: 'input', shape: [3, 4, 1], domain: { min: 0, max: 15, scale: 1 / 15, offset: 0 } },
    },
    { name: 'flatten', op: { kind: 'reshape', shape: [12] } },
    { name: 'hidden', op: dense(12, 3) },
    { name: 'relu', op: { kind: 'relu' } },
    { name: 'features', op: dense(3, units) }, // also a name that applications keep for themselves
  ];
  if (last === 'label') nodes.push({ name: 'label', op: { kind: 'argmax' } });
  return quantize(buildGraph({ name: 'small', nodes }));
}

const compiled = new Map<string, Promise<ProvableNetwork>>();

/** The network of an application, compiled and lowered once for all tests. */
export function smallApplication(
  options: ApplicationOptions,
  proofSystem: 'groth16' | 'ultragroth' = 'groth16',
): Promise<ProvableNetwork> {
  const key = JSON.stringify([options, proofSystem]);
  const known = compiled.get(key) ?? compileApplication(options, proofSystem);
  compiled.set(key, known);
  return known;
}

async function compileApplication(
  options: ApplicationOptions,
  proofSystem: 'groth16' | 'ultragroth',
): Promise<ProvableNetwork> {
  const units = { classification: 4, liveness: 1, proximity: 4 }[options.kind];
  const quantGraph = smallQuantGraph(units, options.kind === 'classification' ? 'label' : 'numbers');
  const artifact = await compileNoir(generatePackage(quantGraph, { application: options }));
  const circuit = await lowerArtifact(artifact, { proofSystem });
  return { ...circuit, quantGraph, application: planApplication(quantGraph, options) };
}
