/** AES-128 in CBC mode on bytes, for solving (NIST SP 800-38A), with the padding of PKCS#7 where the opcode asks for it. */
import { cbc } from '@noble/ciphers/aes.js';
import { stopped } from '../failure.ts';

const BLOCK_BYTES = 16;

/** Returns the ciphertext; `outputLength` tells whether the message is padded here: padding makes it longer. */
export function encryptAes128(
  message: Uint8Array,
  {
    iv,
    key,
    outputLength,
  }: { readonly iv: Uint8Array; readonly key: Uint8Array; readonly outputLength: number },
): Uint8Array {
  const padded = message.length + BLOCK_BYTES - (message.length % BLOCK_BYTES);
  const isPadded = outputLength === padded;
  if (!isPadded && (outputLength !== message.length || outputLength % BLOCK_BYTES !== 0))
    throw stopped(`AES gives ${padded} bytes (or ${message.length} unpadded), not ${outputLength}`);
  return cbc(key, iv, { disablePadding: !isPadded }).encrypt(message);
}
