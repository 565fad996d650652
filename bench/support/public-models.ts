/** What public models must be told before they can be read: sizes that they leave open, inputs that are no secret, and
 * where to end, before what gives lists of no fixed length. */
import type { CompileOptions } from '../../src/index.ts';

/** What is said about a model. */
export interface Asked {
  readonly options: CompileOptions;
  /** The same for people: the options of the command line. */
  readonly told?: string;
}

/** Convolutions at which MoveNet's heads end, before it looks for the people. */
function heads(...names: readonly string[]): string[] {
  return names.map(name => `StatefulPartitionedCall/${name}/BiasAdd`);
}

/** By a part of the model's path; the first that fits. */
const TOLD: readonly (readonly [part: string, options: CompileOptions])[] = [
  ['PP-OCRv4_det', { inputShapes: { x: [1, 3, 160, 160] } }],
  ['PP-OCRv4_rec', { inputShapes: { x: [1, 3, 48, 160] } }],
  ['mobile_v2.0_cls', { inputShapes: { x: [1, 3, 48, 192] } }],
  [
    'silero_vad_legacy',
    { inputShapes: { input: [1, 512], h: [2, 1, 64], c: [2, 1, 64] }, constants: { sr: 16000 } },
  ],
  [
    'silero_vad.onnx',
    { inputShapes: { input: [1, 512], h: [2, 1, 64], c: [2, 1, 64] }, constants: { sr: 16000 } },
  ],
  ['silero_vad_v', { inputShapes: { input: [1, 512], state: [2, 1, 128] }, constants: { sr: 16000 } }],
  ['melspectrogram', { inputShapes: { input: [1, 1760] } }],
  ['default-model', { inputShapes: { LR: [1, 24, 24, 3] } }],
  ['centernet', { outputs: ['tower_0/wh', 'tower_0/keypoints'] }],
  [
    'faceboxes',
    {
      inputShapes: { image_tensor: [1, 128, 128, 3] },
      outputs: ['postprocessing/clip_by_value_1', 'reshaping/concat_1'],
    },
  ],
  [
    'handtrack',
    {
      inputShapes: { input_tensor: [1, 320, 320, 3] },
      outputs: ['StatefulPartitionedCall/concat', 'StatefulPartitionedCall/concat_1'],
    },
  ],
  [
    'movenet-multipose',
    {
      inputShapes: { input: [1, 256, 256, 3] },
      outputs: heads(
        'center_0/conv2d_4',
        'box_scale_0/conv2d_5',
        'kpt_heatmap_0/conv2d_7',
        'kpt_regress_0/conv2d_8',
      ),
    },
  ],
  [
    'movenet',
    {
      outputs: heads(
        'center_0/conv2d_4',
        'kpt_heatmap_0/conv2d_5',
        'kpt_regress_0/conv2d_6',
        'kpt_offset_0/conv2d_7',
      ),
    },
  ],
  ['facemesh-attention-pinto', { outputs: ['output_mesh_identity', 'conv_faceflag'] }],
  ['facemesh-attention', { outputs: ['output_mesh_identity', 'output_faceflag'] }],
];

/** What a model must be told. */
export function askedOf(model: string): Asked {
  const options = TOLD.find(([part]) => model.includes(part))?.[1];
  return options === undefined ? { options: {} } : { options, told: describe(options) };
}

function describe({ inputShapes = {}, constants = {}, outputs = [] }: CompileOptions): string {
  const shapes = Object.entries(inputShapes).map(
    ([name, sizes]) => `--input-shape ${name}=${sizes.join(',')}`,
  );
  const values = Object.entries(constants).map(([name, value]) => `--constant ${name}=${value}`);
  return [...shapes, ...values, ...(outputs.length > 0 ? [`--output ${outputs.join(',')}`] : [])].join(' ');
}
