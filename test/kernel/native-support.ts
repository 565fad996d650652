/** Helpers of the native kernel's tests. */
/** A fixed stream of numbers below a limit, from an xorshift generator. */
export function numberStream(seed: number): (limit: bigint) => bigint {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  const next = (): bigint => {
    state ^= BigInt.asUintN(64, state << 13n);
    state ^= state >> 7n;
    state ^= BigInt.asUintN(64, state << 17n);
    state = BigInt.asUintN(64, state);
    return state;
  };
  return limit => ((next() << 192n) | (next() << 128n) | (next() << 64n) | next()) % limit;
}

/** Computes a slow expectation once for all instruction sets. */
export function remembered<T>(memory: Map<string, T>, name: string, compute: () => T): T {
  let value = memory.get(name);
  if (value === undefined) {
    value = compute();
    memory.set(name, value);
  }
  return value;
}
