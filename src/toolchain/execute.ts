/**
 * Runs a compiled program on inputs with Noir's own virtual machine (npm @noir-lang/acvm_js): every witness of every frame.
 *
 * It does not use noir_js: `Noir.execute` takes the first frame for main, but with #[fold] functions main is the last.
 */
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import type * as NoirAbi from '@noir-lang/noirc_abi';
import type { WitnessFrame } from '../acir/types.ts';
import { BionoirError } from '../errors.ts';
import { abiTypeSize } from './abi-size.ts';
import { locateOpcode, showPlace } from './debug-symbols.ts';
import { checkInputs } from './inputs.ts';
import { printedText } from './print.ts';
import type { ExecuteOptions, Execution, InputMap, InputValue, NoirArtifact } from './types.ts';

const require = createRequire(import.meta.url);

/**
 * Executes a program on inputs given by parameter name.
 *
 * @throws BionoirError MALFORMED_INPUT when the inputs do not fit the program's parameters, EXECUTION_FAILED when an
 *   assertion fails (with Noir's message and line) or the machine cannot run the program
 */
export async function executeArtifact(
  artifact: NoirArtifact,
  inputs: InputMap,
  options: ExecuteOptions = {},
): Promise<Execution> {
  const abi = require('@noir-lang/noirc_abi') as typeof NoirAbi;
  const initial = encodeInputs(abi, artifact, inputs);
  const stack = await run(abi, artifact, initial, options);
  const main = stack.at(-1)?.witness ?? new Map<number, string>();
  return { stack: stack.map(toFrame), returnValue: returnValueOf(abi, artifact, main) };
}

function encodeInputs(abi: typeof NoirAbi, artifact: NoirArtifact, inputs: InputMap): Acvm.WitnessMap {
  const checked = checkInputs(artifact.abi.parameters, inputs);
  try {
    return abi.abiEncode(artifact.abi, checked);
  } catch (cause) {
    const parameters = artifact.abi.parameters.map(parameter => parameter.name);
    throw new BionoirError(
      'MALFORMED_INPUT',
      `The inputs do not fit the program's parameters (${parameters.join(', ')}): ${textOf(cause)}. Give each parameter a value of its type.`,
      { details: { parameters, given: Object.keys(inputs) }, cause },
    );
  }
}

async function run(
  abi: typeof NoirAbi,
  artifact: NoirArtifact,
  initial: Acvm.WitnessMap,
  options: ExecuteOptions,
): Promise<Acvm.WitnessStack> {
  const acvm = require('@noir-lang/acvm_js') as typeof Acvm;
  const bytecode = Buffer.from(artifact.bytecode, 'base64');
  try {
    return await acvm.executeProgram(bytecode, initial, (name, args) => answerOracle(name, args, options));
  } catch (cause) {
    // A panic leaves the instance broken: the next call gets a new one.
    if (cause instanceof WebAssembly.RuntimeError)
      delete require.cache[require.resolve('@noir-lang/acvm_js')];
    throw executionFailed(abi, artifact, cause as Partial<Acvm.ExecutionError>);
  }
}

async function answerOracle(
  name: string,
  inputs: readonly string[][],
  options: ExecuteOptions,
): Promise<(string | string[])[]> {
  if (name === 'print') {
    options.onPrint?.(printedText(inputs));
    return [];
  }
  if (options.onForeignCall) return options.onForeignCall(name, inputs);
  throw new Error(`the program calls the oracle '${name}', and nothing answers it`);
}

function executionFailed(
  abi: typeof NoirAbi,
  artifact: NoirArtifact,
  cause: Partial<Acvm.ExecutionError>,
): BionoirError {
  const callStack = locateOpcode(artifact, cause).map(showPlace);
  const place = callStack.at(-1);
  const assertion = cause.rawAssertionPayload && decodedAssertion(abi, artifact, cause.rawAssertionPayload);
  const what = assertion === undefined ? textOf(cause) : `assertion failed: ${assertion}`;
  const callers = callStack.slice(0, -1).reverse();
  const where = place ? ` at ${[place, ...callers].join(', called at ')}` : '';
  return new BionoirError(
    'EXECUTION_FAILED',
    `The program stopped: ${what}${where}. Check the inputs against what the program asserts there.`,
    {
      details: { assertion, callStack },
      ...(place ? { location: place } : {}),
      cause,
    },
  );
}

/** The assertion's message; undefined when it has none. */
function decodedAssertion(
  abi: typeof NoirAbi,
  artifact: NoirArtifact,
  payload: Acvm.RawAssertionPayload,
): string | undefined {
  try {
    const decoded: unknown = abi.abiDecodeError(artifact.abi, payload);
    return typeof decoded === 'string' ? decoded : JSON.stringify(decoded);
  } catch {
    return undefined;
  }
}

/** The machine wraps what an oracle's handler throws; the handler's own words are the cause. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function toFrame({ index, witness }: Acvm.StackItem): WitnessFrame {
  const witnesses = new Map<number, bigint>();
  for (const [key, value] of witness) witnesses.set(key, BigInt(value));
  return { functionIndex: index, witnesses };
}

/** Decodes main's return value; only the witnesses that the ABI speaks of are handed over, not the millions of others. */
function returnValueOf(
  abi: typeof NoirAbi,
  artifact: NoirArtifact,
  main: ReadonlyMap<number, string>,
): InputValue | null {
  const { parameters, return_type: returned } = artifact.abi;
  if (!returned) return null;
  const spoken = parameters.reduce(
    (sum, { type }) => sum + abiTypeSize(type),
    abiTypeSize(returned.abi_type),
  );
  const witnesses = new Map<number, string>();
  for (let index = 0; index < spoken; index++) {
    const value = main.get(index);
    if (value !== undefined) witnesses.set(index, value);
  }
  return (abi.abiDecode(artifact.abi, witnesses) as { return_value: InputValue }).return_value;
}
