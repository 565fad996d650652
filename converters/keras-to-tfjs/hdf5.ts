/**
 * HDF5 files in memory, on h5wasm: groups, text attributes and float data sets, each with errors that name its path. h5wasm is
 * loaded with the first file: it compiles WebAssembly, a tenth of a second that every other command would pay.
 */
import type { Dataset, File, Group } from 'h5wasm';
import { BionoirError } from '../../src/errors.ts';

/** An open file. Close it when done. */
export interface Hdf5File {
  readonly root: Group;
  close(): void;
}

let opened = 0;

/** @throws BionoirError MALFORMED_MODEL when the bytes are no HDF5 file */
export async function openHdf5(bytes: Uint8Array): Promise<Hdf5File> {
  const h5wasm = await import('h5wasm');
  const { FS, activate_throwing_error_handler: throwErrors } = await h5wasm.ready;
  throwErrors(); // instead of printing them
  const path = `model-${opened++}.h5`;
  FS.writeFile(path, bytes);
  const file = open(h5wasm.File, path);
  if (file === undefined) {
    FS.unlink(path);
    throw new BionoirError(
      'MALFORMED_MODEL',
      'The HDF5 file cannot be opened: it is damaged or cut short. Copy or save it again.',
    );
  }
  return {
    root: file,
    close: () => {
      file.close();
      FS.unlink(path);
    },
  };
}

function open(Hdf5: typeof File, path: string): File | undefined {
  try {
    const file = new Hdf5(path, 'r');
    return file.file_id < 0n ? undefined : file;
  } catch {
    return undefined;
  }
}

/** A group inside another by path, or undefined. */
export function groupAt(group: Group, path: string): Group | undefined {
  const found = group.get(path);
  return found !== null && 'keys' in found ? (found as Group) : undefined;
}

/** Names in a group, as they stand in the file. */
export function namesIn(group: Group): string[] {
  return group.keys();
}

/** A text attribute, or undefined. */
export function textAttribute(group: Group, name: string): string | undefined {
  const value: unknown = group.attrs[name]?.value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === 'string' ? value : undefined;
}

/** A list of texts; long ones are split over name0, name1 ... Undefined when there is none. */
export function textsAttribute(group: Group, name: string): string[] | undefined {
  const whole = listOf(group.attrs[name]?.value);
  if (whole !== undefined) return whole;
  const parts: string[] = [];
  for (let k = 0; ; k++) {
    const part = listOf(group.attrs[`${name}${k}`]?.value);
    if (part === undefined) return k === 0 ? undefined : parts;
    parts.push(...part);
  }
}

function listOf(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  // an empty list is written as an empty array of floats
  if (ArrayBuffer.isView(value) && value.byteLength === 0) return [];
  return typeof value === 'string' ? [value] : undefined;
}

/** A data set of floats. */
export interface FloatArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** @throws BionoirError MALFORMED_WEIGHTS when there is no data set of floats at the path */
export function readFloats(group: Group, path: string): FloatArray {
  const found = group.get(path);
  const where = `${group.path === '/' ? '' : group.path}/${path}`;
  if (found === null || !isDataset(found)) throw malformed(where, 'is missing. Is the file complete?');
  if (found.attrs.dtype?.value === 'bfloat16')
    throw malformed(where, 'is of type bfloat16. Save the model with float32 weights.');
  const { value, shape, dtype } = found;
  const isFloat = typeof dtype === 'string' && /^[<>=|]?[fde]/.test(dtype);
  const values = typeof value === 'number' ? [value] : value;
  if (
    !isFloat ||
    !(values instanceof Float32Array || values instanceof Float64Array || Array.isArray(values))
  )
    throw malformed(
      where,
      `is of type ${String(dtype)}; floats are read. Save the model with float32 weights.`,
    );
  return { shape: shape ?? [], data: Float32Array.from(values as ArrayLike<number>) };
}

/** Of what a group can hold, only a data set has the type of its elements. */
function isDataset(found: object): found is Dataset {
  return 'dtype' in found;
}

function malformed(where: string, problem: string): BionoirError {
  return new BionoirError('MALFORMED_WEIGHTS', `The weight '${where}' ${problem}`, {
    details: { weight: where },
    location: where,
  });
}
