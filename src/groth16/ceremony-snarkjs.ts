/**
 * The ceremony's steps by snarkjs, for kernels that lack them: ffjavascript's module has neither random combinations over
 * checked points nor the transcripts' hashes. Same files, slower; what snarkjs prints or returns as -1 is an error here.
 * Arguments are checked by ceremony.ts.
 */
import { InternalError } from '../errors.ts';
import { randomBytes } from '../kernel/index.ts';
import { memoryFile, withSnarkjs, writtenBytes } from './snarkjs.ts';

/** `zkey new`. @throws BionoirError KERNEL_FAILED. */
export async function setupWithSnarkjs(r1cs: Uint8Array, ptau: Uint8Array): Promise<Uint8Array> {
  const zkey = memoryFile();
  const hash = await withSnarkjs('make the proving key', snarkjs => snarkjs.zKey.newZKey(r1cs, ptau, zkey));
  if (hash === -1) throw new InternalError('snarkjs refused a circuit and a .ptau that were checked before.');
  return writtenBytes(zkey);
}

/** `zkey contribute`. @throws BionoirError KERNEL_FAILED. */
export async function contributeWithSnarkjs(
  zkey: Uint8Array,
  name: string,
  entropy: string,
): Promise<Uint8Array> {
  const random = Array.from(randomBytes(64), byte => byte.toString(16).padStart(2, '0')).join('');
  const next = memoryFile();
  await withSnarkjs('contribute', snarkjs =>
    snarkjs.zKey.contribute(zkey, next, name, `${random}${entropy}`),
  );
  return writtenBytes(next);
}

/** `zkey beacon`. @throws BionoirError KERNEL_FAILED. */
export async function beaconWithSnarkjs(
  zkey: Uint8Array,
  options: { readonly name: string; readonly beacon: string; readonly iterationsExponent: number },
): Promise<Uint8Array> {
  const { name, beacon, iterationsExponent } = options;
  const next = memoryFile();
  await withSnarkjs('apply the beacon', snarkjs =>
    snarkjs.zKey.beacon(zkey, next, name, beacon, iterationsExponent),
  );
  return writtenBytes(next);
}

/** `zkey verify`. @throws BionoirError KERNEL_FAILED. */
export function verifyWithSnarkjs(r1cs: Uint8Array, ptau: Uint8Array, zkey: Uint8Array): Promise<boolean> {
  return withSnarkjs('verify the proving key', snarkjs => snarkjs.zKey.verifyFromR1cs(r1cs, ptau, zkey));
}
