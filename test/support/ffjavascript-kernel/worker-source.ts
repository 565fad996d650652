/**
 * What a worker thread runs, as JavaScript text: a worker must start without the loader (a TypeScript runner, a bundler)
 * that the main thread may depend on.
 *
 * The worker holds an instance of the WebAssembly module. A message is a task: sizes of memory to lay out, inputs to copy
 * there, functions to call, outputs to copy back. Word 0 of the memory is wasmcurves' pointer to free memory; its
 * functions take scratch memory from there without growing it, so a task says how much they may take.
 */

/** A parameter of a call: a number, or the address of a variable plus an offset. */
export type Parameter = number | { readonly variable: number; readonly offset: number };

/** A task as the worker receives it. */
export interface TaskMessage {
  /** Bytes of each variable. */
  readonly sizes: readonly number[];
  readonly inputs: readonly { readonly variable: number; readonly bytes: Uint8Array }[];
  readonly calls: readonly { readonly name: string; readonly parameters: readonly Parameter[] }[];
  readonly outputs: readonly { readonly variable: number; readonly bytes: number }[];
  readonly scratchBytes: number;
}

/** The worker's answer. */
export type TaskAnswer = { readonly outputs: Uint8Array[] } | { readonly error: string };

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65536;
/** Addresses stay below 2^31, so that they are never negative as i32. */
export const PAGES_MAX = 32767;
/** What ffjavascript gives its instances at the start; static memory ends well below. */
export const PAGES_MIN = 25;

export const WORKER_SOURCE = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const memory = new WebAssembly.Memory({ initial: ${PAGES_MIN}, maximum: ${PAGES_MAX} });
const { exports } = new WebAssembly.Instance(workerData.module, { env: { memory } });
const free = new Uint32Array(memory.buffer, 0, 1)[0];

function layOut(sizes, scratchBytes) {
  let end = free;
  const addresses = sizes.map(size => {
    const address = Math.ceil(end / 8) * 8;
    end = address + size;
    return address;
  });
  end = Math.ceil(end / 8) * 8;
  const missing = end + scratchBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / ${PAGE_BYTES}));
  new Uint32Array(memory.buffer, 0, 1)[0] = end;
  return addresses;
}

function run(task) {
  const addresses = layOut(task.sizes, task.scratchBytes);
  const bytes = new Uint8Array(memory.buffer);
  for (const input of task.inputs) bytes.set(input.bytes, addresses[input.variable]);
  for (const call of task.calls) {
    exports[call.name](
      ...call.parameters.map(p => (typeof p === 'number' ? p : addresses[p.variable] + p.offset)),
    );
  }
  return task.outputs.map(output =>
    bytes.slice(addresses[output.variable], addresses[output.variable] + output.bytes),
  );
}

parentPort.on('message', task => {
  try {
    const outputs = run(task);
    parentPort.postMessage({ outputs }, outputs.map(output => output.buffer));
  } catch (error) {
    parentPort.postMessage({ error: String(error) });
  }
});
`;
