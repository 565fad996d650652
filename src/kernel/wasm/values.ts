/** How the arguments and results of C functions are written where they are called. */
import type { Argument, Result } from './instance.ts';
import type { Team } from './team.ts';

/** A native object in the workers' memory, and what is known of it here. */
export interface Pointer {
  readonly address: number;
  readonly facts: readonly number[];
}

export const ERROR: Argument = { kind: 'error' };
export const WORD: Argument = { kind: 'word' };
export const OWNED: Argument = { kind: 'owned' };

export const [G1_BYTES, G2_BYTES, SCALAR_BYTES] = [64, 128, 32];

export function read(bytes: Uint8Array): [Argument, number] {
  return [{ kind: 'in', bytes }, bytes.length];
}
export function pointer(bytes: Uint8Array): Argument {
  return { kind: 'in', bytes };
}
export function out(size: number): Argument {
  return { kind: 'out', size };
}
export function addressOf(handle: object): number {
  return (handle as Pointer).address;
}
export function handleOf<T>(address: number, facts: readonly number[]): T {
  return { address, facts } satisfies Pointer as unknown as T;
}
export function bytesOf(results: readonly Result[]): Uint8Array {
  return results[0] as Uint8Array;
}
export function numberOf(results: readonly Result[], index = 0): number {
  return results[index] as number;
}

export type Listener = ((step: string, fraction: number) => void) | undefined;

/** A call that can be watched: supervision is its last argument. */
export function watched(
  team: Team,
  name: string,
  values: readonly Argument[],
  cancel: Int32Array | undefined,
  listener: Listener,
): Promise<readonly Result[]> {
  return team.call(name, [...values, { kind: 'watch', cell: team.addressOf(cancel) }], listener);
}
