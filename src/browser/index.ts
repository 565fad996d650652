/**
 * `bionoir/browser`: proving on the user's device, in a page. Nothing here needs Node; docs/browser.md tells how to use it.
 *
 * @packageDocumentation
 */
export { BionoirError, type ErrorCode, InternalError } from '../errors.ts';
export { type WebKernelOptions, webKernel } from '../kernel/web.ts';
export { type AnyVerificationKey, circuitFiles, type ProvingFiles } from './circuit-file.ts';
export { type FetchedFiles, type FetchOptions, fetchCircuit } from './fetch.ts';
export {
  openProver,
  type PrintedStatement,
  type ProvenStatement,
  type Prover,
  type ProverCallOptions,
  type ProverStep,
  printStatement,
} from './prover.ts';
