export { encodeCall, printCalldata } from './calldata.ts';
export { type ConsumerContract, type ConsumerOptions, consumerContract } from './consumer.ts';
export { type VerifierContractOptions, verifierContract } from './contract.ts';
export { PUBLIC_SIGNALS_MAX } from './contract-parts.ts';
export { encodeUltraGrothCall, printUltraGrothCalldata } from './ultragroth-calldata.ts';
export { ultraGrothVerifierContract } from './ultragroth-contract.ts';
