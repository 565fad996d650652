/**
 * Classification: an account proves to a contract which label a network gives to its private picture, and makes a salted
 * commitment to the picture public, by which the same picture can be pointed at later.
 *
 * Run: npx tsx examples/classification/run.ts
 */
import {
  commitValues,
  compile,
  consumerContract,
  encodeCall,
  openKernel,
  prove,
  readImageSample,
  readStatement,
  setup,
  solve,
  verifierContract,
} from '../../src/index.ts';
import { openChain } from '../support/chain.ts';
import { ALICE, readModelFolder, readPicture } from '../support/files.ts';

const FOLDER = 'examples/classification';

/** Runs the story; gives the label that the contract recorded, and whether the commitment opens. */
export async function runClassification(
  tell: (line: string) => void,
): Promise<{ label: bigint | undefined; opens: boolean; changed: string | undefined }> {
  const network = await compile(readModelFolder('fixtures/models/mnist-cnn'), {
    application: { kind: 'classification', commitInput: true },
  });
  const { application, quantGraph, lowered } = network;
  if (application === undefined) throw new Error('The network was compiled for nothing.');
  tell(`The network as a circuit: ${lowered.system.constraintCount} constraints.`);
  const kernel = await openKernel();
  try {
    const keys = await setup(kernel, network); // for development
    const chain = await openChain();
    const verifier = await chain.deploy(verifierContract(keys.verificationKey), 'Verifier');
    const { name, entry, source } = consumerContract(application);
    const claims = await chain.deploy(source, name, [BigInt(verifier.address)]);

    const [nonce] = (await claims.call(ALICE, 'nextNonce(address)', [BigInt(ALICE)])).returned;
    const sample = readImageSample(quantGraph, readPicture(`${FOLDER}/digit.png`));
    const witness = await solve(network, sample, { claim: { address: ALICE, nonce: nonce ?? 0n } });
    const key = await kernel.loadProvingKey(keys.provingKey);
    const { proof, publicSignals } = await prove(kernel, key, witness);
    key.release();
    const statement = readStatement(application, publicSignals);
    tell(`The proof says: label ${statement.label}, commitment 0x${statement.inputCommitment?.toString(16)}`);

    const other = publicSignals.map((value, index) => (index === 2 ? (value + 1n) % 10n : value));
    const changed = await claims.callRaw(ALICE, encodeCall(proof, other, entry));
    tell(`Alice claims another label: ${changed.error}`);
    const accepted = await claims.callRaw(ALICE, encodeCall(proof, publicSignals, entry));
    tell(`Alice claims this one: ${accepted.error ?? `accepted for ${accepted.gas} gas`}`);
    const [label] = (await claims.call(ALICE, 'records(address)', [BigInt(ALICE)])).returned;

    // Whoever gets picture and salt from Alice can check that they are what the proof spoke of.
    const pixels = Array.from(sample[0] ?? [], BigInt);
    const salt = witness.claim?.inputSalt ?? 0n;
    const opens = commitValues(pixels, { low: 0n, bits: 8 }, salt) === statement.inputCommitment;
    tell(`With the picture and its salt the commitment ${opens ? 'opens' : 'does not open'}.`);
    return { label, opens, changed: changed.error };
  } finally {
    await kernel.close();
  }
}

if (process.argv[1] === import.meta.filename) await runClassification(console.log);
