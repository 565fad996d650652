/**
 * project.json of a build folder: what proving must know beside the network's integers. The application is planned again
 * from the network when it is read, so that the file holds no width that could disagree.
 */
import {
  type Application,
  type ApplicationOptions,
  BionoirError,
  type ImageOptions,
  planApplication,
  type QuantGraph,
} from '../index.ts';
import { exists, type FileChange, readJson } from './files.ts';
import type { Place } from './place.ts';

const FORMAT = 'bionoir-project';
const VERSION = 1;

/** What a network was compiled for. */
export interface Project {
  readonly application?: ApplicationOptions;
  readonly images?: ImageOptions;
}

/** The project of a build folder as a file, which there is none of when there is nothing to say. */
export function projectChange(place: Place, { application, images }: Project): FileChange {
  const said = { ...(application ? { application } : {}), ...(images ? { images } : {}) };
  const text = `${JSON.stringify({ format: FORMAT, version: VERSION, ...said }, null, 1)}\n`;
  return { path: place.file('project'), content: Object.keys(said).length === 0 ? undefined : text };
}

/** Reads the project of a place; empty when there is none. @throws BionoirError MALFORMED_FILE */
export function readProject(place: Place): Project {
  const path = place.file('project');
  if (!exists(path)) return {};
  const value = readJson(path, 'project');
  if (!isRecord(value) || value.format !== FORMAT || value.version !== VERSION)
    throw malformed(path, `it is not "${FORMAT}" of version ${VERSION}`);
  return {
    ...(value.application === undefined ? {} : { application: readApplication(path, value.application) }),
    ...(value.images === undefined ? {} : { images: readImages(path, value.images) }),
  };
}

/** The application of a network, with the widths that follow from it. */
export function applicationOf({ application }: Project, quantGraph: QuantGraph): Application | undefined {
  return application ? planApplication(quantGraph, application) : undefined;
}

function readApplication(path: string, value: unknown): ApplicationOptions {
  if (!isRecord(value)) throw malformed(path, '"application" is no object');
  const { kind, bound, commitInput, commitFeatures, scoreIndex, isLogit } = value;
  if (kind !== 'classification' && kind !== 'liveness' && kind !== 'proximity')
    throw malformed(path, `it has the application ${JSON.stringify(kind)}`);
  return {
    kind,
    ...flag(path, 'bound', bound),
    ...(isNameList(commitInput) ? { commitInput } : flag(path, 'commitInput', commitInput)),
    ...flag(path, 'commitFeatures', commitFeatures),
    ...(typeof scoreIndex === 'number' ? { scoreIndex } : {}),
    ...flag(path, 'isLogit', isLogit),
  };
}

function readImages(path: string, value: unknown): ImageOptions {
  if (!isRecord(value)) throw malformed(path, '"images" is no object');
  const { resize, grayscale, channelOrder } = value;
  if (resize !== undefined && resize !== 'crop' && resize !== 'stretch')
    throw malformed(path, `it resizes by ${JSON.stringify(resize)}`);
  if (channelOrder !== undefined && channelOrder !== 'rgb' && channelOrder !== 'bgr')
    throw malformed(path, `it has the channels ${JSON.stringify(channelOrder)}`);
  return {
    ...(resize === undefined ? {} : { resize }),
    ...flag(path, 'grayscale', grayscale),
    ...(channelOrder === undefined ? {} : { channelOrder }),
  };
}

function flag<Name extends string>(path: string, name: Name, value: unknown): Partial<Record<Name, boolean>> {
  if (value === undefined) return {};
  if (typeof value === 'boolean') return { [name]: value } as Partial<Record<Name, boolean>>; // just this key
  throw malformed(path, `"${name}" is ${JSON.stringify(value)}`);
}

function isNameList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(name => typeof name === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function malformed(path: string, reason: string): BionoirError {
  return new BionoirError(
    'MALFORMED_FILE',
    `The project ${path} is not usable: ${reason}. Compile the model again.`,
    { details: { path, reason }, location: path },
  );
}
