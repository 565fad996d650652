/** The blocks in small models, on a back end of choice. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { enableProdMode, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import {
  edLayer,
  edLight2DConv,
  l2Normalization,
  registerTrainingKernels,
  seHeavyBlock,
  seLightBlock,
  shiftReLU,
  sumPooling2D,
} from '../../src/layers/index.ts';

enableProdMode();

/**
 * Runs something on a back end, and returns to the CPU's. The WASM back end is loaded when it is first wanted: TensorFlow.js
 * would choose it for all that follows, and other tests are written for the CPU's.
 */
export async function on<T>(backend: 'cpu' | 'wasm', action: () => T | Promise<T>): Promise<T> {
  if (backend === 'wasm') await loadWasm();
  await setBackend(backend);
  try {
    return await action();
  } finally {
    await setBackend('cpu');
  }
}

async function loadWasm(): Promise<void> {
  await setBackend('cpu');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  registerTrainingKernels();
}

export interface BlockCase {
  readonly title: string;
  readonly inputShape: readonly number[];
  readonly layer: () => tfl.layers.Layer;
}

const image = [4, 6, 3];

/** Every layer of the folder, with the options that change what it computes. */
export const BLOCKS: readonly BlockCase[] = [
  { title: 'EDLayer', inputShape: [7], layer: () => edLayer({ units: 5, hiddenUnits: 3, seed: 1 }) },
  {
    title: 'EDLayer with residual and ShiftReLU, without norm',
    inputShape: [6],
    layer: () =>
      edLayer({ units: 6, hiddenUnits: 3, useResidual: true, shift: 2, useBatchNorm: false, seed: 2 }),
  },
  {
    title: 'EDLight2DConv',
    inputShape: image,
    layer: () => edLight2DConv({ patchSize: 2, filters: 4, hiddenUnits: 3, outputPatchSize: 3, seed: 3 }),
  },
  {
    title: 'EDLight2DConv with one pixel a patch of the output',
    inputShape: image,
    layer: () => edLight2DConv({ patchSize: 2, filters: 5, hiddenUnits: 3, outputPatchSize: 1, seed: 4 }),
  },
  {
    title: 'EDLight2DConv with a single kernel',
    inputShape: image,
    layer: () =>
      edLight2DConv({
        patchSize: 2,
        filters: 4,
        hiddenUnits: 3,
        outputPatchSize: 2,
        singleKernel: true,
        shift: 3,
        seed: 5,
      }),
  },
  {
    title: 'EDLight2DConv with residual',
    inputShape: image,
    layer: () =>
      edLight2DConv({
        patchSize: 2,
        filters: 3,
        hiddenUnits: 4,
        outputPatchSize: 2,
        useResidual: true,
        seed: 6,
      }),
  },
  { title: 'SELightBlock', inputShape: image, layer: () => seLightBlock({ hiddenUnits: 4, seed: 7 }) },
  {
    title: 'SEHeavyBlock',
    inputShape: image,
    layer: () => seHeavyBlock({ patchSize: 2, hiddenUnits: 3, shift: 1, seed: 8 }),
  },
  { title: 'ShiftReLU', inputShape: [5], layer: () => shiftReLU({ shift: 3 }) },
  { title: 'SumPooling2D', inputShape: [5, 6, 2], layer: () => sumPooling2D({ poolSize: 2 }) },
  {
    title: "SumPooling2D with padding 'same'",
    inputShape: [5, 6, 2],
    layer: () => sumPooling2D({ poolSize: [3, 2], strides: 2, padding: 'same' }),
  },
  { title: 'L2Normalization', inputShape: [2, 5], layer: () => l2Normalization() },
];

/** A model of one layer. */
export function modelOf({ inputShape, layer }: BlockCase): tfl.LayersModel {
  const input = tfl.input({ shape: [...inputShape], name: 'x' });
  return tfl.model({ inputs: input, outputs: layer().apply(input) as tfl.SymbolicTensor, name: 'block' });
}

/** A model's output for a batch. */
export function run(model: tfl.LayersModel, x: Tensor, training = false): Tensor {
  return model.apply(x, { training }) as Tensor;
}
