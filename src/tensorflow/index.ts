/** The face of what TensorFlow.js' two model formats share: model.json, its weights, typed reading of its JSON. */
export {
  describe,
  expectArray,
  expectObject,
  expectString,
  isJsonObject,
  type JsonObject,
  malformedModel,
  readField,
} from './json.ts';
export {
  type ModelJson,
  readModelJson,
  type TfjsFormat,
  tfjsFormat,
  tfjsWeightPaths,
  type WeightGroup,
  type WeightSpec,
} from './model-file.ts';
export { checkInputNames, type TfjsModelFiles, type TfjsOptions, withDomain } from './options.ts';
export { type Constant, decodeConstants, decodeWeights, type Weight, type WeightFiles } from './weights.ts';
