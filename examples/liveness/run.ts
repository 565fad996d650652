/**
 * Liveness: an account proves to a contract that a network takes its private picture for a live one, with a probability of
 * at least 0.8. The contract learns account, nonce and threshold; neither the picture nor the score.
 *
 * Run: npx tsx examples/liveness/run.ts
 */
import {
  compile,
  consumerContract,
  encodeCall,
  openKernel,
  prove,
  readImageSample,
  setup,
  solve,
  thresholdInteger,
  verifierContract,
} from '../../src/index.ts';
import { openChain } from '../support/chain.ts';
import { ALICE, MALLORY, readModelFolder, readPicture } from '../support/files.ts';

const FOLDER = 'examples/liveness';
const THRESHOLD = 0.8;

/** Runs the story; gives what the contract said to each call. */
export async function runLiveness(tell: (line: string) => void): Promise<readonly (string | undefined)[]> {
  // Once, by whoever runs the service: the network becomes a circuit, keys and two contracts.
  const network = await compile(readModelFolder(`${FOLDER}/model`), { application: { kind: 'liveness' } });
  const { application, quantGraph, lowered } = network;
  if (application?.kind !== 'liveness') throw new Error('The network was compiled for something else.');
  tell(`The network as a circuit: ${lowered.system.constraintCount} constraints.`);
  const kernel = await openKernel();
  try {
    const keys = await setup(kernel, network); // for development; give `ptau` for keys that others can trust
    const chain = await openChain();
    const verifier = await chain.deploy(verifierContract(keys.verificationKey), 'Verifier');
    const { name, entry, source } = consumerContract(application);
    const least = thresholdInteger(application, THRESHOLD);
    const registry = await chain.deploy(source, name, [BigInt(verifier.address), least]);
    tell(`${name} asks for a threshold of ${THRESHOLD}, which is the integer ${least}.`);

    // On Alice's device: the picture stays here.
    const [nonce] = (await registry.call(ALICE, 'nextNonce(address)', [BigInt(ALICE)])).returned;
    const claim = { address: ALICE, nonce: nonce ?? 0n, threshold: THRESHOLD };
    const sample = readImageSample(quantGraph, readPicture(`${FOLDER}/live.png`));
    const key = await kernel.loadProvingKey(keys.provingKey);
    const { proof, publicSignals } = await prove(kernel, key, await solve(network, sample, { claim }));
    const call = encodeCall(proof, publicSignals, entry);

    // On chain: once, and from Alice only.
    const stolen = await registry.callRaw(MALLORY, call);
    tell(`Mallory sends Alice's proof: ${stolen.error}`);
    const accepted = await registry.callRaw(ALICE, call);
    tell(`Alice sends it: ${accepted.error ?? `accepted for ${accepted.gas} gas`}`);
    const replayed = await registry.callRaw(ALICE, call);
    tell(`Alice sends it again: ${replayed.error?.replace(/\d{20,}/, '…')}`);

    const recaptured = readImageSample(quantGraph, readPicture(`${FOLDER}/recaptured.png`));
    const failure = await solve(network, recaptured, { claim }).catch((error: Error) => error.message);
    tell(`A photograph of a screen: ${failure}`);
    key.release();
    return [stolen.error, accepted.error, replayed.error, String(failure)];
  } finally {
    await kernel.close();
  }
}

if (process.argv[1] === import.meta.filename) await runLiveness(console.log);
