/** A module that stops in the middle of a call leaves locks held: nothing in it may run again, and nobody waits for it. */
import assert from 'node:assert/strict';
import { KernelInstance, StatusError } from '../../src/kernel/wasm/instance.ts';
import { ERROR, out } from '../../src/kernel/wasm/values.ts';

const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
const UNREACHABLE = [3, 0, 0x00, 0x0b];

/** bk_stop and bk_wasm_release are `unreachable`; bk_wasm_allocate gives 1024. */
const MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 3, ...[0x60, 2, 0x7f, 0x7f, 1, 0x7f], ...[0x60, 1, 0x7f, 0], ...[0x60, 1, 0x7f, 1, 0x7f]),
  ...section(2, 1, ...name('env'), ...name('memory'), 2, 0, 1),
  ...section(3, 3, 0, 1, 2),
  ...section(
    7,
    3,
    ...[...name('bk_stop'), 0, 0],
    ...[...name('bk_wasm_release'), 0, 1],
    ...[...name('bk_wasm_allocate'), 0, 2],
  ),
  ...section(10, 3, ...UNREACHABLE, ...UNREACHABLE, ...[5, 0, 0x41, 0x80, 0x08, 0x0b]),
);

describe('a kernel module that stops', () => {
  it('tells so, frees nothing, and refuses whatever is asked afterwards', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const instance = new KernelInstance(new WebAssembly.Module(MODULE), memory);
    const refuses = (body: () => unknown, message: string): void =>
      assert.throws(body, (error: unknown) => error instanceof StatusError && error.message === message);
    const call = (): unknown => instance.call('bk_stop', [out(8), ERROR]);

    refuses(call, 'the module stopped (unreachable), perhaps for want of memory');
    const again = 'the module stopped before (unreachable); open another kernel';
    refuses(call, again);
    refuses(() => instance.allocate(8), again);
    instance.release(1024);
  });
});
