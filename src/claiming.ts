/**
 * What goes into a proof besides the network: claims of applications, enrolments, pictures. The pipeline's edge towards
 * people; it knows the network's integers, the applications and the pictures.
 */
import type { AbiType } from './acir/index.ts';
import {
  type Application,
  assertTrueClaim,
  type Claim,
  type Enrolment,
  enrolOutput,
  type ResolvedClaim,
  resolveClaim,
} from './applications/index.ts';
import { BionoirError } from './errors.ts';
import { type ImageOptions, imageToInput, readImage } from './images/index.ts';
import {
  evaluateQuantGraph,
  type InputUnit,
  type IntTensor,
  type QuantGraph,
  quantizeInput,
  quantNodeOf,
  type Sample,
} from './quantize/index.ts';
import { type NoirArtifact, typeName } from './toolchain/index.ts';

/** A network's integers, and what its proofs state. */
export interface ClaimedNetwork {
  readonly quantGraph: QuantGraph;
  readonly application?: Application;
}

/**
 * Reads a picture, PNG or JPEG, as the sample of a network with one input.
 *
 * @throws BionoirError MALFORMED_IMAGE; INPUT_SHAPE when the picture does not fit and `options` do not say how to make it
 */
export function readImageSample(
  quantGraph: QuantGraph,
  bytes: Uint8Array,
  options: ImageOptions = {},
): Sample {
  const names = inputNames(quantGraph);
  const [name] = names;
  if (name !== undefined && names.length === 1) return [readImageInput(quantGraph, name, { bytes, options })];
  throw new BionoirError(
    'INPUT_SHAPE',
    `A picture is one input; network '${quantGraph.name}' has ${names.length}. Give a JSON object with the values, or a picture's file name, of each: ${quoted(names)}.`,
    { details: { inputs: names } },
  );
}

/**
 * Reads a picture as the values of one input of a network.
 *
 * @throws BionoirError USAGE for an input that the network does not have; MALFORMED_IMAGE, INPUT_SHAPE
 */
export function readImageInput(
  quantGraph: QuantGraph,
  name: string,
  { bytes, options = {} }: { readonly bytes: Uint8Array; readonly options?: ImageOptions },
): number[] {
  const input = quantGraph.inputs.map(id => quantNodeOf(quantGraph, id)).find(node => node.name === name);
  if (input?.op.kind !== 'input') {
    throw new BionoirError(
      'USAGE',
      `Network '${quantGraph.name}' has no input '${name}'; its inputs are ${quoted(inputNames(quantGraph))}. Name one of these.`,
      { details: { name, inputs: inputNames(quantGraph) } },
    );
  }
  const { min, max } = input.op.domain;
  return imageToInput(readImage(bytes), { name: input.name, shape: input.shape, min, max }, options);
}

function inputNames(quantGraph: QuantGraph): string[] {
  return quantGraph.inputs.map(id => quantNodeOf(quantGraph, id).name);
}

function quoted(names: readonly string[]): string {
  return names.map(name => `'${name}'`).join(', ');
}

/**
 * The claim as integers, if the network has an application.
 *
 * @throws BionoirError FALSE_CLAIM when it is not so, MALFORMED_INPUT when it lacks something, USAGE for a network without
 *   an application
 */
export function claimFor(
  { application }: Pick<ClaimedNetwork, 'application'>,
  [output]: readonly IntTensor[],
  claim: Claim = {},
): ResolvedClaim | undefined {
  if (application === undefined) {
    if (Object.values(claim).every(value => value === undefined)) return undefined;
    throw new BionoirError(
      'USAGE',
      'The network was compiled without an application, so that a proof has no place for a claim. Compile it with one, or leave the claim out.',
    );
  }
  const resolved = resolveClaim(application, claim);
  if (output) assertTrueClaim(application, resolved, output.data);
  return resolved;
}

/**
 * Makes the enrolment of an input for an application of kind 'proximity': the network's output on it, and a salted
 * commitment. Later claims take its features and, where features are committed to, its salt.
 *
 * @throws BionoirError INPUT_SHAPE, INPUT_RANGE, BOUND_EXCEEDED; USAGE for a network of another application
 */
export function enrol(
  network: ClaimedNetwork,
  sample: Sample,
  options: { readonly unit?: InputUnit; readonly salt?: bigint } = {},
): Enrolment {
  const { quantGraph, application } = network;
  if (application?.kind !== 'proximity') {
    throw new BionoirError(
      'USAGE',
      "Features are enrolled for the application 'proximity'; this network has another, or none. Compile it with that application.",
      { details: { application: application?.kind } },
    );
  }
  const [output] = evaluateQuantGraph(quantGraph, quantizeInput(quantGraph, sample, options.unit));
  return enrolOutput(application, output?.data ?? [], options.salt);
}

/**
 * Reads a picture, PNG or JPEG, as the value of a program's parameter: an array of arrays of integers or Fields, such as
 * [[[u8; 3]; 64]; 48] or [[Field; 28]; 28].
 *
 * @returns all elements in order, as programs take them (see `ProgramInput`)
 * @throws BionoirError MALFORMED_IMAGE; INPUT_SHAPE when the picture does not fit; MALFORMED_INPUT when the program has no
 *   such parameter, or it is no picture's
 */
export function readImageParameter(
  { abi }: Pick<NoirArtifact, 'abi'>,
  name: string,
  { bytes, options = {} }: { readonly bytes: Uint8Array; readonly options?: ImageOptions },
): Uint8Array {
  const parameter = abi.parameters.find(each => each.name === name);
  const shape = parameter ? shapeOf(parameter.type) : undefined;
  if (shape === undefined) {
    const names = abi.parameters.map(({ name: known, type }) => `${known}: ${typeName(type)}`);
    throw new BionoirError(
      'MALFORMED_INPUT',
      `A picture is given for '${name}', which is no array of numbers among the program's parameters (${names.join(', ')}). Name one such as [[[u8; 3]; 64]; 48].`,
      { details: { path: name, parameters: names } },
    );
  }
  return Uint8Array.from(imageToInput(readImage(bytes), { name, shape, min: 0, max: 255 }, options));
}

/** Lengths of nested arrays of numbers that hold bytes, outermost first; undefined for other types. */
function shapeOf(type: AbiType): number[] | undefined {
  if (type.kind === 'field') return [];
  if (type.kind === 'integer') return type.width >= (type.sign === 'signed' ? 9 : 8) ? [] : undefined;
  if (type.kind !== 'array') return undefined;
  const inner = shapeOf(type.type);
  return inner && [type.length, ...inner];
}
