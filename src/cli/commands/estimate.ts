/** `bionoir estimate`: what a model is going to cost, layer by layer, before anything is compiled. */
import type { Command } from 'commander';
import { estimateModel, type Highlight, type LayerEstimate, printNetworkEstimate } from '../../index.ts';
import type { Context } from '../context.ts';
import { MODEL_HELP, readModel } from '../inputs.ts';
import { addModelOptions, type ModelOptions, toCompileOptions } from '../options.ts';
import { formatMillis } from '../reporter.ts';

const RED = '\u001b[31m';
const YELLOW = '\u001b[33m';
const PLAIN = '\u001b[0m';
const COLOURS: Readonly<Record<LayerEstimate['weight'], string | undefined>> = {
  high: RED,
  middle: YELLOW,
  low: undefined,
};

export function addEstimate(program: Command, contextOf: () => Context): void {
  addModelOptions(program.command('estimate'))
    .argument('<model>', MODEL_HELP)
    .description('constraints to expect, layer by layer, for both proof systems; compiles nothing')
    .action((model: string, options: ModelOptions) => estimate(contextOf(), model, options));
}

async function estimate({ reporter }: Context, modelPath: string, options: ModelOptions): Promise<void> {
  const compileOptions = toCompileOptions(options);
  const model = await readModel(modelPath);
  const startedAt = performance.now();
  const estimated = estimateModel(model, compileOptions);
  reporter.stage('Estimate');
  reporter.block(printNetworkEstimate(estimated, highlightFor(reporter.hasColours)), 'estimate', estimated);
  const millis = Math.round(performance.now() - startedAt);
  reporter.fact('estimated in', millis, formatMillis(millis));
}

/** Colours the lines of expensive layers, on a terminal only. */
function highlightFor(hasColours: boolean): Highlight {
  return (line, weight) => {
    const colour = hasColours ? COLOURS[weight] : undefined;
    return colour === undefined ? line : `${colour}${line}${PLAIN}`;
  };
}
