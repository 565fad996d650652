/**
 * Biometric proximity: an account registers a commitment to the features of one picture, and later proves that another
 * picture, which stays private, is near to them. UltraGroth keeps the circuit small by lookups.
 *
 * Run: npx tsx examples/biometric-proximity/run.ts
 */
import {
  compile,
  consumerContract,
  encodeUltraGrothCall,
  enrol,
  loadUltraGrothKey,
  openKernel,
  proveUltraGroth,
  readImageSample,
  setupUltraGroth,
  solve,
  thresholdInteger,
  ultraGrothVerifierContract,
} from '../../src/index.ts';
import { openChain } from '../support/chain.ts';
import { ALICE, MALLORY, readModelFolder, readPicture } from '../support/files.ts';

const FOLDER = 'examples/biometric-proximity';
/** A squared distance; examples/biometric-proximity/README.md says how many pairs it keeps apart. */
const THRESHOLD = 20;

/** Runs the story; gives what the contract said to each call. */
export async function runProximity(tell: (line: string) => void): Promise<readonly (string | undefined)[]> {
  // Once, by whoever runs the service.
  const network = await compile(readModelFolder(`${FOLDER}/model`), {
    application: { kind: 'proximity', commitFeatures: true },
    proofSystem: 'ultragroth',
  });
  const { application, quantGraph, lowered } = network;
  if (application?.kind !== 'proximity') throw new Error('The network was compiled for something else.');
  tell(`The network as a circuit: ${lowered.system.constraintCount} constraints.`);
  const kernel = await openKernel();
  try {
    const keys = await setupUltraGroth(kernel, network); // for development
    const chain = await openChain();
    const verifier = await chain.deploy(ultraGrothVerifierContract(keys.verificationKey), 'Verifier');
    const { name, entry, source } = consumerContract(application, { proofSystem: 'ultragroth' });
    const largest = thresholdInteger(application, THRESHOLD);
    const login = await chain.deploy(source, name, [BigInt(verifier.address), largest]);
    const sampleOf = (picture: string) =>
      readImageSample(quantGraph, readPicture(`${FOLDER}/${picture}.png`), { resize: 'stretch' });

    // Alice enrols: features and salt stay with her, the commitment goes on chain.
    const { features, salt, commitment } = enrol(network, sampleOf('enrolled'));
    await login.call(ALICE, 'register(uint256)', [commitment]);
    tell(`Alice registers a commitment to ${features.length} features.`);

    // Later, with another picture.
    const [nonce] = (await login.call(ALICE, 'nextNonce(address)', [BigInt(ALICE)])).returned;
    const claim = {
      ...{ address: ALICE, nonce: nonce ?? 0n, threshold: THRESHOLD },
      ...{ features, featuresSalt: salt },
    };
    const key = await loadUltraGrothKey(kernel, keys.provingKey);
    const witness = await solve(network, sampleOf('login'), { claim });
    const { proof, publicSignals } = await proveUltraGroth(kernel, key, witness);
    const call = encodeUltraGrothCall(proof, publicSignals, entry);
    const stolen = await login.callRaw(MALLORY, call);
    tell(`Mallory sends Alice's proof: ${stolen.error}`);
    const accepted = await login.callRaw(ALICE, call);
    tell(`Alice logs in: ${accepted.error ?? `accepted for ${accepted.gas} gas`}`);
    const replayed = await login.callRaw(ALICE, call);
    tell(`Alice sends it again: ${replayed.error?.replace(/\d{20,}/, '…')}`);

    const failure = await solve(network, sampleOf('stranger'), { claim }).catch(
      (error: Error) => error.message,
    );
    tell(`A stranger's picture: ${failure}`);
    key.release();
    return [stolen.error, accepted.error, replayed.error, String(failure)];
  } finally {
    await kernel.close();
  }
}

if (process.argv[1] === import.meta.filename) await runProximity(console.log);
