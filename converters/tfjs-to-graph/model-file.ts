/**
 * model.json of a LayersModel: the Keras model inside it. GraphModels have a converter of their own.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  expectObject,
  expectString,
  type ModelJson,
  readField,
  readModelJson,
  type WeightGroup,
} from '../../src/tensorflow/index.ts';

export interface ModelFile {
  readonly className: string;
  readonly config: unknown;
  readonly manifest: readonly WeightGroup[];
  /** Version of Keras that wrote the model: 2 for TensorFlow.js' own. */
  readonly kerasMajor: number;
  /** Written by TensorFlow.js: where it computes otherwise than Keras, the model means that. */
  readonly isTensorFlowJs: boolean;
}

/**
 * Reads model.json, as text or already parsed.
 *
 * @throws MALFORMED_MODEL when it is not JSON or lacks a part; UNSUPPORTED_OPTION for a GraphModel.
 */
export function readModelFile(model: unknown): ModelFile {
  const file = readModelJson(model);
  refuseGraphModel(file);
  const { topology, manifest } = file;
  // The Keras converter wraps the model: { keras_version, backend, model_config: { class_name, config } }.
  const modelConfig = expectObject(readField(topology, 'model_config') ?? topology, "'model_config'");
  const className = expectString(readField(modelConfig, 'class_name'), "the model's 'class_name'");
  const version = String(
    readField(topology, 'keras_version') ?? readField(modelConfig, 'keras_version') ?? '',
  );
  const kerasMajor = /^3\./.test(version) ? 3 : 2;
  const isTensorFlowJs = /^tfjs/.test(version);
  return { className, config: modelConfig.config, manifest, kerasMajor, isTensorFlowJs };
}

function refuseGraphModel({ format }: ModelJson): void {
  if (format !== 'graph-model') return;
  throw new BionoirError(
    'UNSUPPORTED_OPTION',
    'The model file is a TensorFlow.js GraphModel, not a LayersModel. Import it with graphModelToGraph.',
    { details: { format } },
  );
}
