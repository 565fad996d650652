/**
 * A noir_js program with Groth16 in place of UltraHonk: one import differs, and `setup` is new.
 *
 *     import { UltraHonkBackend } from '@aztec/bb.js';      ->  import { Groth16Backend } from 'bionoir';
 *     const backend = new UltraHonkBackend(bytecode, api);  ->  const backend = new Groth16Backend(bytecode);
 *                                                           ->  await backend.setup();
 *
 * Run: npx tsx examples/noir-js/prove-age.ts
 */
import { pathToFileURL } from 'node:url';
import { Noir } from '@noir-lang/noir_js';
import { compileNoir, Groth16Backend } from '../../src/index.ts';

export async function proveAge(year: number): Promise<{
  isOfAge: boolean;
  isValid: boolean;
  proofBytes: number;
  publicInputs: readonly string[];
  contract: string;
  calldata: string;
}> {
  // As `nargo compile` would: target/age.json is the same object.
  const compiled = await compileNoir('examples/noir-js');

  const noir = new Noir(compiled as unknown as ConstructorParameters<typeof Noir>[0]);
  const backend = new Groth16Backend(compiled.bytecode);
  try {
    await backend.setup(); // once a program; for development. Give { ptau } for keys that others can trust.

    const inputs = {
      birth: { year, month: 7, day: 14 },
      today: { year: 2026, month: 11, day: 22 },
      years: 18,
    };
    const { witness, returnValue } = await noir.execute(inputs);
    const proof = await backend.generateProof(witness);
    const isValid = await backend.verifyProof(proof);

    const verificationKey = await backend.getVerificationKey();
    return {
      isOfAge: returnValue === true,
      isValid,
      proofBytes: proof.proof.length,
      publicInputs: proof.publicInputs,
      contract: await backend.getSolidityVerifier(verificationKey),
      calldata: backend.getSolidityCalldata(proof),
    };
  } finally {
    await backend.destroy();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { isOfAge, isValid, proofBytes } = await proveAge(2001);
  console.log(`of age: ${isOfAge}, proof of ${proofBytes} bytes: ${isValid ? 'valid' : 'NOT VALID'}`);
}
