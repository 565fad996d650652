/** What a model is going to cost, before anything is compiled. */
import { planApplication } from '../applications/index.ts';
import { estimateLayers, type NetworkEstimate } from '../layer-costs.ts';
import type { ModelFiles } from '../models.ts';
import { importNetwork } from './import.ts';
import type { CompileOptions } from './network.ts';
import { quantizeFor } from './quantise.ts';

/**
 * Estimates the constraints of a model for both proof systems, layer by layer, with the statement of its application.
 *
 * @throws BionoirError as the import and quantising do; UNSUPPORTED_OPTION when the application does not fit the network
 */
export function estimateModel(model: ModelFiles, options: CompileOptions = {}): NetworkEstimate {
  const { graph, application: asked } = importNetwork(model, options);
  const estimated = (proofSystem: 'groth16' | 'ultragroth') => {
    const quantGraph = quantizeFor(graph, { ...options, proofSystem });
    return asked === undefined
      ? { quantGraph }
      : { quantGraph, application: planApplication(quantGraph, asked) };
  };
  return estimateLayers(estimated('groth16'), estimated('ultragroth'));
}
