/**
 * Proves what a classic model says of a private digit: a random forest's vote, or a discriminant's choice.
 *
 * Run: npx tsx examples/classic-ml/prove-class.ts forest   (or lda, regression; a held-out digit's number may follow)
 */
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { compile, openKernel, prove, setup, solve, verify } from '../../src/index.ts';

const MODELS = ['forest', 'lda', 'regression'];

/** Of a proof that was made and verified. */
export interface ProvedClass {
  readonly label: number;
  readonly isValid: boolean;
  readonly constraints: number;
}

export async function proveClass(name: string, pixels: readonly number[]): Promise<ProvedClass> {
  const file = new URL(`./models/${name}.json`, import.meta.url);
  const model = { model: JSON.parse(readFileSync(file, 'utf8')), weights: new Map() };
  const network = await compile(model);
  const kernel = await openKernel();
  try {
    const keys = await setup(kernel, network); // for development; give `ptau` for keys that others can trust
    const key = await kernel.loadProvingKey(keys.provingKey);
    const result = await prove(kernel, key, await solve(network, [pixels]));
    const isValid = await verify(kernel, keys.verificationKey, result);
    const constraints = network.lowered.system.constraintCount;
    return { label: Number(result.publicSignals[0]), isValid, constraints };
  } finally {
    await kernel.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , name = 'forest', digit = '1'] = process.argv;
  const { images, labels } = loadDigits().heldOut;
  const image = images[Number(digit)];
  if (!MODELS.includes(name) || image === undefined) {
    console.error(`Usage: prove-class.ts ${MODELS.join(' | ')} [0..${images.length - 1}]`);
    process.exit(2);
  }
  const { label, isValid, constraints } = await proveClass(name, Array.from(image));
  console.log(
    `${name}: the private digit is a ${labels[Number(digit)]}; proved: ${label}, valid: ${isValid}`,
  );
  console.log(`${constraints} constraints`);
}
