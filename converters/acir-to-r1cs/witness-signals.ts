/**
 * Signals by ACIR witness, in pages: programs have a million witnesses, or a few with numbers near 2^32.
 */
export interface WitnessSignals {
  readonly pages: Map<number, Uint32Array>;
}

const PAGE_BITS = 10;
const PAGE = 2 ** PAGE_BITS;

/** Makes an empty table. */
export function createWitnessSignals(): WitnessSignals {
  return { pages: new Map() };
}

/** Returns the witness's signal, or 0 when it has none. */
export function knownSignal({ pages }: WitnessSignals, witness: number): number {
  return pages.get(witness >>> PAGE_BITS)?.[witness & (PAGE - 1)] ?? 0;
}

/** Gives a witness its signal (not 0). */
export function setSignal({ pages }: WitnessSignals, witness: number, signal: number): void {
  let page = pages.get(witness >>> PAGE_BITS);
  if (page === undefined) {
    page = new Uint32Array(PAGE);
    pages.set(witness >>> PAGE_BITS, page);
  }
  page[witness & (PAGE - 1)] = signal;
}
