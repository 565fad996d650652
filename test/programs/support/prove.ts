/** Keys and proofs for programs of the suite. */
import assert from 'node:assert/strict';
import * as snarkjs from 'snarkjs';
import {
  printProof,
  printPublicSignals,
  printVerificationKey,
} from '../../../converters/keys-to-iden3/index.ts';
import { writeR1cs } from '../../../converters/r1cs-to-iden3/index.ts';
import { exportVerificationKey, prove, setupForDevelopment } from '../../../src/groth16/index.ts';
import type { Groth16Points, Groth16VerificationKey, Kernel } from '../../../src/kernel/types.ts';
import { artifactOf } from './compiled.ts';
import { prepare, solveRun } from './judge.ts';
import type { SuiteProgram } from './programs.ts';

/** A proof of a program's first run that succeeds. */
export interface ProvedProgram {
  readonly key: Groth16VerificationKey;
  readonly proof: Groth16Points;
  readonly signals: readonly bigint[];
}

/** Makes keys for a program and proves its first run that succeeds. */
export async function proveProgram(kernel: Kernel, program: SuiteProgram): Promise<ProvedProgram> {
  const prepared = prepare(program, await artifactOf(program));
  const run = program.runs.find(({ fails }) => fails === undefined);
  assert.ok(run);
  const wires = await solveRun(prepared, run);
  const zkey = await setupForDevelopment(kernel, writeR1cs(prepared.lowered.system));
  const { proof, publicSignals } = await prove(kernel, await kernel.loadProvingKey(zkey), wires);
  return { key: exportVerificationKey(zkey), proof, signals: publicSignals };
}

/** Asserts that snarkjs accepts a proof, and with another first signal does not. */
export async function assertSnarkjsVerifies({ key, proof, signals }: ProvedProgram): Promise<void> {
  const [keyJson, proofJson] = [JSON.parse(printVerificationKey(key)), JSON.parse(printProof(proof))];
  const texts: string[] = JSON.parse(printPublicSignals(signals));
  assert.equal(await snarkjs.groth16.verify(keyJson, texts, proofJson), true);
  const [first, ...rest] = signals;
  if (first === undefined) return;
  const wrong = JSON.parse(printPublicSignals([first === 0n ? 1n : first - 1n, ...rest]));
  assert.equal(await snarkjs.groth16.verify(keyJson, wrong, proofJson), false);
}
