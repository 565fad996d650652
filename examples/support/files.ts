/** Files of the examples, read from the repository's root. */
import { readFileSync } from 'node:fs';
import type { TfjsModelFiles } from '../../src/index.ts';

/** Accounts of the stories. On a real chain wallets hold their keys. */
export const ALICE = '0x00000000000000000000000000000000000A11cE';
export const MALLORY = '0x0000000000000000000000000000000000005105';

/** Reads a TensorFlow.js model of one weight shard. */
export function readModelFolder(folder: string): TfjsModelFiles {
  return {
    model: JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')),
    weights: new Map([['weights.bin', new Uint8Array(readFileSync(`${folder}/weights.bin`))]]),
  };
}

/** Reads a picture. */
export function readPicture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
