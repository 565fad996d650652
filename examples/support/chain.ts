/**
 * A chain of one's own, for the examples and their tests: compiles Solidity with solc and runs it in @ethereumjs/evm. A
 * real chain behaves the same; there, a wallet signs what `call` is told to come `from`.
 */
import { createRequire } from 'node:module';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM, type EVM } from '@ethereumjs/evm';
import { type Address, createAddressFromString, createZeroAddress } from '@ethereumjs/util';
import { keccak_256 } from '@noble/hashes/sha3.js';

/** What a call did: what it returned, or the error with which the contract refused. */
export interface CallResult {
  /** The error's name and arguments, such as "WrongNonce(7)"; undefined when the call went through. */
  readonly error?: string;
  readonly returned: readonly bigint[];
  /** Of the execution, without the 21 000 of a transaction and its data. */
  readonly gas: bigint;
}

/** A deployed contract. All arguments and results are words: addresses, numbers, members of fixed arrays. */
export interface Contract {
  readonly address: string;
  call(from: string, signature: string, args?: readonly bigint[]): Promise<CallResult>;
  callRaw(from: string, data: Uint8Array): Promise<CallResult>;
}

export interface Chain {
  deploy(source: string, name: string, args?: readonly bigint[]): Promise<Contract>;
}

const GAS = 30_000_000n;
const NOW = 1_800_000_000n;

/** Opens a chain with mainnet's rules. */
export async function openChain(): Promise<Chain> {
  const evm = await createEVM({ common: new Common({ chain: Mainnet, hardfork: Hardfork.Shanghai }) });
  return {
    deploy: async (source, name, args = []) => {
      const { bytecode, errors } = compile(source, name);
      const data = concat(bytecode, encodeWords(args));
      const { createdAddress, execResult } = await evm.runCall({
        caller: createAddressFromString(DEPLOYER),
        ...{ data, gasLimit: GAS, block: BLOCK },
      });
      if (execResult.exceptionError || !createdAddress)
        throw new Error(`${name} was not deployed: ${execResult.exceptionError?.error}`);
      return contractAt(evm, createdAddress, errors);
    },
  };
}

const DEPLOYER = '0x00000000000000000000000000000000000000dd';

const BLOCK = {
  header: {
    number: 1n,
    coinbase: createZeroAddress(),
    timestamp: NOW,
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    gasLimit: GAS,
    baseFeePerGas: 1n,
    getBlobGasPrice: () => undefined,
  },
};

function contractAt(evm: EVM, address: Address, errors: ReadonlyMap<string, string>): Contract {
  const callRaw: Contract['callRaw'] = async (from, data) => {
    const { execResult } = await evm.runCall({
      caller: createAddressFromString(from),
      ...{ to: address, data, gasLimit: GAS, block: BLOCK },
    });
    const { exceptionError, returnValue, executionGasUsed: gas } = execResult;
    if (exceptionError === undefined) return { returned: decodeWords(returnValue), gas };
    const name = errors.get(hex(returnValue.subarray(0, 4))) ?? exceptionError.error;
    return { error: `${name}(${decodeWords(returnValue.subarray(4)).join(', ')})`, returned: [], gas };
  };
  return {
    address: address.toString(),
    callRaw,
    call: (from, signature, args = []) => callRaw(from, concat(selector(signature), encodeWords(args))),
  };
}

interface SolcOutput {
  readonly errors?: readonly { readonly formattedMessage: string }[];
  readonly contracts: Record<string, Record<string, SolcContract>>;
}

interface SolcContract {
  readonly abi: readonly {
    readonly type: string;
    readonly name?: string;
    readonly inputs?: readonly { readonly type: string }[];
  }[];
  readonly evm: { readonly bytecode: { readonly object: string } };
}

// solc is CommonJS and ships no usable types.
const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };

/** Compiles one contract, warnings being errors; gives its errors by selector too. */
function compile(source: string, name: string): { bytecode: Uint8Array; errors: Map<string, string> } {
  const input = {
    language: 'Solidity',
    sources: { 'Contract.sol': { content: source } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'paris',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  const problems = (output.errors ?? []).map(({ formattedMessage }) => formattedMessage);
  const contract = output.contracts?.['Contract.sol']?.[name];
  if (problems.length > 0 || !contract)
    throw new Error(problems.join('\n') || `there is no contract ${name}`);
  const errors = contract.abi
    .filter(({ type }) => type === 'error')
    .map(({ name: error = '', inputs = [] }) => {
      const signature = `${error}(${inputs.map(({ type }) => type).join(',')})`;
      return [hex(selector(signature)), error] as const;
    });
  return {
    bytecode: Uint8Array.from(Buffer.from(contract.evm.bytecode.object, 'hex')),
    errors: new Map(errors),
  };
}

function selector(signature: string): Uint8Array {
  return keccak_256(new TextEncoder().encode(signature)).subarray(0, 4);
}

/** Negative numbers in two's complement. */
function encodeWords(values: readonly bigint[]): Uint8Array {
  const words = values.map(value => BigInt.asUintN(256, value).toString(16).padStart(64, '0'));
  return Uint8Array.from(Buffer.from(words.join(''), 'hex'));
}

function decodeWords(bytes: Uint8Array): bigint[] {
  return Array.from({ length: Math.floor(bytes.length / 32) }, (_, index) =>
    BigInt(`0x${hex(bytes.subarray(32 * index, 32 * index + 32))}`),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  return Uint8Array.from([...left, ...right]);
}
