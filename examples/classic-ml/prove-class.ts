/**
 * Proves what a classic model says of a private digit: a random forest's vote, or a discriminant's choice.
 *
 * Run: npx tsx examples/classic-ml/prove-class.ts forest
 */
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { compile, openKernel, prove, setup, solve, verify } from '../../src/index.ts';

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
  const [, , name = 'forest'] = process.argv;
  const { images, labels } = loadDigits().heldOut;
  const proved = await proveClass(name, Array.from(images[0] ?? []));
  console.log(
    `${name}: the private digit is a ${labels[0]}; proved: ${proved.label}, valid: ${proved.isValid}`,
  );
  console.log(`${proved.constraints} constraints`);
}
