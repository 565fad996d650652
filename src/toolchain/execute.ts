/**
 * Runs a compiled program on inputs: every witness of every frame. Two machines: ours (src/acvm), given the decoded
 * program, and Noir's own (npm @noir-lang/acvm_js).
 *
 * The latter without noir_js: `Noir.execute` takes the first frame for main, but with #[fold] functions main is the last.
 */
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import type * as NoirAbi from '@noir-lang/noirc_abi';
import { countWitnesses } from '../acir/index.ts';
import type { Program, WitnessFrame, WitnessStack } from '../acir/types.ts';
import { executeProgram, type FailureDetails } from '../acvm/index.ts';
import { BionoirError } from '../errors.ts';
import { locateOpcode, showPlace } from './debug-symbols.ts';
import { checkInputs } from './inputs.ts';
import { printedText } from './print.ts';
import type { ExecuteOptions, Execution, InputValue, NoirArtifact, ProgramInputs } from './types.ts';

const require = createRequire(import.meta.url);

/**
 * Executes a program on inputs given by parameter name.
 *
 * @throws BionoirError MALFORMED_INPUT when the inputs do not fit the program's parameters, EXECUTION_FAILED when an
 *   assertion fails (with Noir's message and line) or the machine cannot run the program
 */
export async function executeArtifact(
  artifact: NoirArtifact,
  inputs: ProgramInputs,
  options: ExecuteOptions = {},
): Promise<Execution> {
  const abi = require('@noir-lang/noirc_abi') as typeof NoirAbi;
  const initial = encodeInputs(abi, artifact, inputs);
  const { program } = options;
  const stack = program
    ? await runOnOurs(artifact, { program, initial, options })
    : (await run(abi, artifact, initial, options)).map(toFrame);
  return { stack, returnValue: returnValueOf(abi, artifact, stack.at(-1)?.witnesses ?? new Map()) };
}

function encodeInputs(abi: typeof NoirAbi, artifact: NoirArtifact, inputs: ProgramInputs): Acvm.WitnessMap {
  const checked = checkInputs(artifact.abi.parameters, inputs);
  try {
    return abi.abiEncode(currentAbi(artifact), checked);
  } catch (cause) {
    const parameters = artifact.abi.parameters.map(parameter => parameter.name);
    throw new BionoirError(
      'MALFORMED_INPUT',
      `The inputs do not fit the program's parameters (${parameters.join(', ')}): ${textOf(cause)}. Give each parameter a value of its type.`,
      { details: { parameters, given: Object.keys(inputs) }, cause },
    );
  }
}

interface Run {
  readonly program: Program;
  readonly initial: Acvm.WitnessMap;
  readonly options: ExecuteOptions;
}

async function runOnOurs(artifact: NoirArtifact, { program, initial, options }: Run): Promise<WitnessStack> {
  const values = new Map([...initial].map(([witness, value]) => [witness, BigInt(value)] as const));
  try {
    return await executeProgram(program, values, {
      onForeignCall: async (name, inputs) => {
        const results = await answerOracle(
          name,
          inputs.map(input => input.map(toHex)),
          options,
        );
        return results.map(result => (typeof result === 'string' ? BigInt(result) : result.map(BigInt)));
      },
    });
  } catch (cause) {
    const details = cause instanceof BionoirError && cause.code === 'EXECUTION_FAILED' ? cause.details : {};
    const { reason, place, payload } = details as Partial<FailureDetails>;
    if (reason === undefined || place === undefined) throw cause;
    throw explainFailure(artifact, { reason, place, ...(payload === undefined ? {} : { payload }) });
  }
}

/** The error that tells people what stopped a program: the assertion's message, Noir file and line, callers. */
export function explainFailure(
  artifact: NoirArtifact,
  { reason, place, payload }: FailureDetails,
): BionoirError {
  const abi = require('@noir-lang/noirc_abi') as typeof NoirAbi;
  return executionFailed(abi, artifact, {
    message: reason,
    callStack: [...place.callStack],
    acirFunctionId: place.functionIndex,
    ...(place.brilligFunctionId === undefined ? {} : { brilligFunctionId: place.brilligFunctionId }),
    ...(payload === undefined
      ? {}
      : { rawAssertionPayload: { selector: String(payload.selector), data: payload.values.map(toHex) } }),
  });
}

function toHex(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
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
  if (!(error instanceof Error)) return (error as Partial<Error>)?.message ?? String(error);
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
  main: ReadonlyMap<number, bigint>,
): InputValue | null {
  const { parameters, return_type: returned } = artifact.abi;
  if (!returned) return null;
  const parameterCount = parameters.reduce((sum, { type }) => sum + countWitnesses(type), 0);
  const spoken = parameterCount + countWitnesses(returned.abi_type);
  // the first releases list the witnesses of the return value; later it follows the parameters
  const { return_witnesses: listed } = artifact.abi as OldAbi;
  const witnesses = new Map<number, string>();
  for (let index = 0; index < spoken; index++) {
    const source = index < parameterCount ? index : (listed?.[index - parameterCount] ?? index);
    const value = main.get(source);
    if (value !== undefined) witnesses.set(index, toHex(value));
  }
  return (abi.abiDecode(currentAbi(artifact), witnesses) as { return_value: InputValue }).return_value;
}

/** What the ABI of 0.25 has besides. */
interface OldAbi {
  readonly return_witnesses?: readonly number[];
}

/** The ABI as the current encoder takes it: the first releases have no table of error types. */
function currentAbi({ abi }: NoirArtifact): NoirArtifact['abi'] {
  const { parameters, return_type } = abi;
  return { parameters, return_type, error_types: abi.error_types ?? {} };
}
