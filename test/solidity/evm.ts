/** Compiles Solidity with solc and runs it in an EVM, for tests. */
import { createRequire } from 'node:module';
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createEVM, type EVM } from '@ethereumjs/evm';
import { createAddressFromString } from '@ethereumjs/util';

interface Solc {
  compile(input: string): string;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<
    string,
    Record<
      string,
      {
        readonly evm: {
          readonly bytecode: { readonly object: string };
          readonly deployedBytecode: { readonly object: string };
        };
      }
    >
  >;
}

// solc is CommonJS and ships no usable types.
const solc = createRequire(import.meta.url)('solc') as Solc;

/** Compiles one contract, warnings being errors. */
export function compileContract(
  source: string,
  name: string,
): { creation: Uint8Array; runtimeBytes: number } {
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: { 'Verifier.sol': { content: source } },
        settings: {
          optimizer: { enabled: true, runs: 200 },
          evmVersion: 'paris',
          outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
        },
      }),
    ),
  ) as SolcOutput;
  const problems = (output.errors ?? []).map(error => error.formattedMessage);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const evm = output.contracts['Verifier.sol']?.[name]?.evm;
  if (!evm) throw new Error(`no contract ${name}`);
  return {
    creation: Uint8Array.from(Buffer.from(evm.bytecode.object, 'hex')),
    runtimeBytes: evm.deployedBytecode.object.length / 2,
  };
}

export interface Deployed {
  /** Runs a call; `ok` is false if it reverted. Gas is that of the execution, without the transaction's own. */
  call(data: Uint8Array): Promise<{ ok: boolean; returned: Uint8Array; gas: bigint }>;
}

/** Deploys by running the creation code, under mainnet's rules (the 24 KB limit among them). */
export async function deploy(creation: Uint8Array): Promise<Deployed> {
  const evm: EVM = await createEVM({ common: new Common({ chain: Mainnet, hardfork: Hardfork.Shanghai }) });
  const caller = createAddressFromString('0x00000000000000000000000000000000000000aa');
  const created = await evm.runCall({ caller, data: creation, gasLimit: 30_000_000n });
  const to = created.createdAddress;
  if (created.execResult.exceptionError || !to) {
    throw new Error(`deployment failed: ${created.execResult.exceptionError?.error}`);
  }
  return {
    call: async data => {
      const { execResult } = await evm.runCall({ caller, to, data, gasLimit: 30_000_000n });
      return {
        ok: execResult.exceptionError === undefined,
        returned: execResult.returnValue,
        gas: execResult.executionGasUsed,
      };
    },
  };
}
