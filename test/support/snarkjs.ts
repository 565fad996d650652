/** snarkjs keeps its curve, with worker threads, in a global variable; a test that called it ends them. */
export async function endSnarkjs(): Promise<void> {
  const shared = globalThis as { curve_bn128?: { terminate(): Promise<void> } | null };
  await shared.curve_bn128?.terminate();
  shared.curve_bn128 = null;
}
