/** What TensorFlow.js and ONNX Runtime answer for public models, to hold the importers to. */
import type { Asked } from './public-models.ts';
export async function checkAgainstRuntime(_files: unknown, _asked: Asked): Promise<{ difference?: number }> {
  return {};
}
