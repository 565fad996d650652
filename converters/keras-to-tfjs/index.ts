/**
 * Keras model files -> TensorFlow.js LayersModel files: `.keras` (Keras 3, a zip of config.json and model.weights.h5) and
 * `.h5` (Keras 1 and 2, and Keras 3's legacy form). The topology stays as Keras wrote it; weights become one shard with a
 * manifest, under the names that the importer of LayersModels knows. No Python: HDF5 is read by h5wasm.
 *
 * Formats: keras/src/saving/saving_lib.py and keras/src/legacy/saving/legacy_h5_format.py.
 */
import { BionoirError } from '../../src/errors.ts';
import { readKerasArchive } from './archive.ts';
import { openHdf5 } from './hdf5.ts';
import { readLegacyModel } from './legacy.ts';
import { joinWeights, type KerasModelFiles } from './manifest.ts';

export type { KerasModelFiles } from './manifest.ts';

const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
const HDF5_MAGIC = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads a Keras model file; which of the two forms it has, its first bytes tell.
 *
 * @throws BionoirError MALFORMED_MODEL when it is neither, or broken; MALFORMED_WEIGHTS for weights that are missing or of
 *   another type than float32, float64 or float16; UNSUPPORTED_OPTION for weights without a topology
 */
export async function kerasToTfjs(bytes: Uint8Array): Promise<KerasModelFiles> {
  if (startsWith(bytes, ZIP_MAGIC)) {
    return joinWeights(await readKerasArchive(bytes));
  }
  if (startsWith(bytes, HDF5_MAGIC)) {
    const file = await openHdf5(bytes);
    try {
      return joinWeights(readLegacyModel(file));
    } finally {
      file.close();
    }
  }
  throw new BionoirError(
    'MALFORMED_MODEL',
    'The file is no Keras model: it begins like neither a .keras archive nor an HDF5 file. Save the model with model.save("model.keras").',
  );
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, k) => bytes[k] === byte);
}
