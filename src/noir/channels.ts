/**
 * The function that computes all channels of one position: all units of a dense layer, all filters of a convolution at
 * one window, all channels of a pixel. Its channels are a loop when they are alike, a list when their bits differ.
 *
 * A function of many weights is split into folded blocks: compile time stays linear, and memory flat.
 */
import { arrayLiteral, type FunctionText, functionText, type Parameter, tensorType } from './source.ts';

/** Weights that one folded function holds: measured, times are flat from about 2 000 to 20 000. */
const BLOCK_WEIGHTS = 8192;

export interface Channels {
  readonly name: string;
  readonly doc: readonly string[];
  readonly visibility?: 'pub ' | 'pub(crate) ';
  readonly parameters: readonly Parameter[];
  readonly channelCount: number;
  /** The expression of one channel; `index` is a number or an expression of the loop variable `i`. */
  readonly value: (index: string) => string;
  /** Per channel, what is done to its value: a text with `{}` in its place, such as `relu::<13, 9>({})`. */
  readonly wrappers: readonly string[];
  /** Weights of one channel; 0 for what has none. */
  readonly weightCount: number;
  /** Whether the function becomes a circuit of its own, so that calling it many times compiles it once. */
  readonly folded: boolean;
  /** Modules that compute the channels in order, `size` each but for the last; see submodules.ts. */
  readonly parts?: { readonly modules: readonly string[]; readonly size: number };
}

/** The function, or its blocks after the function that joins them. */
export function channelsText(channels: Channels): string[] {
  const { parts, name } = channels;
  if (parts !== undefined) {
    const calls = parts.modules.map(module => `${module}::${name}`);
    return [functionText(joined(channels, calls, parts.size))];
  }
  const perBlock = Math.max(1, Math.floor(BLOCK_WEIGHTS / Math.max(1, channels.weightCount)));
  if (!channels.folded || channels.channelCount <= perBlock)
    return [functionText(block(channels, 0, channels.channelCount))];
  const starts = Array.from(
    { length: Math.ceil(channels.channelCount / perBlock) },
    (_, index) => index * perBlock,
  );
  const blocks = starts.map(start =>
    block(channels, start, Math.min(channels.channelCount, start + perBlock)),
  );
  const names = blocks.map(each => each.name);
  return [functionText(joined(channels, names, perBlock)), ...blocks.map(functionText)];
}

function block(channels: Channels, start: number, end: number): FunctionText {
  const isWhole = start === 0 && end === channels.channelCount;
  const { visibility, ...rest } = channels;
  return {
    doc: isWhole ? channels.doc : [`Channels ${start} to ${end - 1}.`],
    ...(isWhole && visibility ? { visibility } : {}),
    folded: channels.folded,
    name: isWhole ? channels.name : `${channels.name}_${start}_to_${end - 1}`,
    parameters: rest.parameters,
    returns: tensorType([end - start]),
    body: body(channels, start, end),
  };
}

function body({ value, wrappers }: Channels, start: number, end: number): string[] {
  const used = wrappers.slice(start, end);
  const first = used[0] as string;
  if (used.length > 1 && used.every(wrapper => wrapper === first)) {
    const index = start === 0 ? 'i' : `${start} + i`;
    return [
      `    let mut output = [0; ${end - start}];`,
      `    for i in 0..${end - start} {`,
      `        output[i] = ${first.replace('{}', value(index))};`,
      '    }',
      '    output',
    ];
  }
  const items = used.map((wrapper, offset) => wrapper.replace('{}', value(String(start + offset))));
  return [`    ${arrayLiteral(items, '    ')}`];
}

/** Full blocks as the rows of a matrix, then the shorter last one. */
function joined(channels: Channels, blocks: readonly string[], perBlock: number): FunctionText {
  const args = channels.parameters.map(parameter => parameter.name).join(', ');
  const calls = blocks.map(name => `${name}(${args})`);
  const hasRest = channels.channelCount % perBlock !== 0;
  const full = hasRest ? calls.slice(0, -1) : calls;
  const matrix = `zkml::shape::flatten_matrix(${arrayLiteral(full, '    zkml::shape::flatten_matrix(')})`;
  return {
    doc: channels.doc,
    ...(channels.visibility ? { visibility: channels.visibility } : {}),
    name: channels.name,
    parameters: channels.parameters,
    returns: tensorType([channels.channelCount]),
    body: [`    ${matrix}${hasRest ? `.concat(${calls.at(-1)})` : ''}`],
  };
}
