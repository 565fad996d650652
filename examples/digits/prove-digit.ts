/**
 * The API in one page: a small network, a private 8x8 digit, a proof.
 *
 * Run: npx tsx examples/digits/prove-digit.ts
 */
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { compile, openKernel, prove, setup, solve, verify } from '../../src/index.ts';

export async function proveDigit(pixels: readonly number[]): Promise<{ label: number; isValid: boolean }> {
  const folder = 'fixtures/models/digits';
  const model = {
    model: JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')),
    weights: new Map([['weights.bin', new Uint8Array(readFileSync(`${folder}/weights.bin`))]]),
  };

  // Pixels are whole numbers from 0 to 16. The class becomes public, the picture stays private.
  const network = await compile(model, { input: { max: 16 }, output: 'label' });

  const kernel = await openKernel();
  try {
    const keys = await setup(kernel, network); // for development; give `ptau` for keys that others can trust
    const witness = await solve(network, [pixels]);
    const key = await kernel.loadProvingKey(keys.provingKey);
    const result = await prove(kernel, key, witness);
    const isValid = await verify(kernel, keys.verificationKey, result);
    return { label: Number(result.publicSignals[0]), isValid };
  } finally {
    await kernel.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  const { images, labels } = loadDigits().heldOut;
  const { label, isValid } = await proveDigit(Array.from(images[0] ?? []));
  console.log(
    `The private digit is a ${labels[0]}; proved: ${label}, the proof is ${isValid ? 'valid' : 'NOT VALID'}.`,
  );
}
