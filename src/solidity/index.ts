export { encodeCall, printCalldata } from './calldata.ts';
export { PUBLIC_SIGNALS_MAX, type VerifierContractOptions, verifierContract } from './contract.ts';
