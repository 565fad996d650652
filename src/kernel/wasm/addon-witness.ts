/** The witness engine over WebAssembly; see addon.ts. */
import type { SolutionHandle, WitnessAddon, WitnessHandle } from '../native-addon.ts';
import type { Team } from './team.ts';
import {
  addressOf,
  bytesOf,
  ERROR,
  handleOf,
  numberOf,
  OWNED,
  out,
  type Pointer,
  pointer,
  read,
  WORD,
  watched,
} from './values.ts';

const WORD_BYTES = 4;
const SHAPE_WORDS = 5;
/** A deeper call stack is told in part. */
const STOP_WORDS = 4096;

/** The witness functions of a team's kernel. */
export function witnessFunctions(team: Team): WitnessAddon {
  const fillWires = async (
    solution: SolutionHandle,
    wires: Uint8Array,
    challenges: Uint8Array,
  ): Promise<void> => {
    const values = [addressOf(solution), out(wires.length), ERROR, ...read(challenges)];
    wires.set(bytesOf(await team.call('bk_solution_wires', values)));
  };
  const stopOf = async (solution: SolutionHandle): Promise<Uint32Array> => {
    const values = [addressOf(solution), out(STOP_WORDS * WORD_BYTES), STOP_WORDS];
    const results = await team.call('bk_solution_stop', values);
    return wordsOf(bytesOf(results)).slice(0, numberOf(results, 1));
  };
  return {
    witnessLoad: async (kernel, program) => {
      const values = [addressOf(kernel), WORD, ERROR, ...read(program)];
      const address = numberOf(await team.call('bk_witness_load', values));
      const shape = bytesOf(await team.call('bk_witness_shape', [address, out(SHAPE_WORDS * WORD_BYTES)]));
      return handleOf<WitnessHandle>(address, [...wordsOf(shape)]);
    },
    witnessShape: program => Uint32Array.from((program as unknown as Pointer).facts),
    witnessRelease: program => void team.call('bk_witness_release', [addressOf(program)]),
    witnessSolve: async (kernel, program, inputs, wires, low, high, keepFrames, cancel, listener) => {
      const limit = new Uint8Array(Uint32Array.of(low, high).buffer);
      const start = [addressOf(kernel), addressOf(program), WORD, ERROR, ...read(inputs)];
      const values = [...start, pointer(limit), keepFrames];
      const address = numberOf(await watched(team, 'bk_witness_solve', values, cancel, listener));
      const solution = handleOf<SolutionHandle>(address, []);
      if ((await stopOf(solution)).length === 0) await fillWires(solution, wires, new Uint8Array(0));
      return solution;
    },
    solutionStop: stopOf,
    solutionWires: (_kernel, solution, wires, challenges) => fillWires(solution, wires, challenges),
    solutionFrames: async solution =>
      bytesOf(await team.call('bk_solution_frames', [addressOf(solution), OWNED, ERROR])),
    solutionRelease: solution => void team.call('bk_solution_release', [addressOf(solution)]),
  };
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const copy = bytes.slice();
  return new Uint32Array(copy.buffer, 0, Math.floor(copy.length / WORD_BYTES));
}
