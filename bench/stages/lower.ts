/**
 * Decode, lower and simplify a Noir program of a million constraints: hashes of three kinds, 32-bit arithmetic and a
 * table that is read at witness indices. Compiling is not part of the row.
 *
 * Run: npx tsx bench/stages/lower.ts [share]      (default: 1, a million constraints)
 */
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { lowerArtifact } from '../../src/pipeline/index.ts';
import { costTable } from '../../src/r1cs/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';
import { measure } from '../support/memory.ts';

const share = Number(process.argv[2] ?? 1);
const count = (full: number): number => Math.max(1, Math.round(full * share));

const MAIN = `
use std::ops::WrappingAdd;

fn mix(state: [u32; 8], keys: [u32; 16]) -> [u32; 8] {
    let mut mixed = state;
    for i in 0..8 {
        let left = mixed[i].wrapping_add(keys[i]);
        let right = mixed[(i + 1) % 8] ^ keys[i + 8];
        mixed[i] = left.wrapping_add(right);
    }
    mixed
}

fn main(block: [u32; 16], lane: [u64; 25], seeds: [Field; 4], indices: [u32; 64]) -> pub Field {
    let mut state: [u32; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
    for _ in 0..${count(15)} {
        state = std::hash::sha256_compression(block, state);
    }
    for _ in 0..${count(60)} {
        state = mix(state, block);
    }
    let mut lanes = lane;
    for _ in 0..${count(2)} {
        lanes = std::hash::keccakf1600(lanes);
    }
    let mut sponge = seeds;
    for _ in 0..${count(400)} {
        sponge = std::hash::poseidon2_permutation(sponge);
    }
    let mut sum: Field = sponge[0] + state[0] as Field + lanes[0] as Field;
    for round in 0..${count(30)} {
        for i in 0..64 {
            sum += block[(indices[i] + round) % 16] as Field * sum;
        }
    }
    sum
}
`;

const artifact = await noirWasm().compile({
  name: 'million',
  files: new Map([
    ['Nargo.toml', '[package]\nname = "million"\ntype = "bin"\n[dependencies]\n'],
    ['src/main.nr', MAIN],
  ]),
});
const decoded = await measure(() => decodeArtifact(artifact));
console.log(`decode               ${line(decoded)}`);
const lowered = await measure(() => lowerArtifact(artifact));
const { system } = lowered.result.lowered;
console.log(`decode and lower     ${line(lowered)}`);
console.log(`${system.constraintCount} constraints, ${system.wireCount} wires`);
for (const { layer, gadget, constraintCount } of costTable(system))
  console.log(`  ${String(constraintCount).padStart(8)}  ${layer} ${gadget}`);

function line({ millis, peakBytes }: { millis: number; peakBytes: number }): string {
  return `${(millis / 1000).toFixed(1).padStart(6)} s, ${(peakBytes / 1e6).toFixed(0)} MB of this process and its children`;
}
