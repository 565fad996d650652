/** `bionoir convert`: the artifact of any Noir program to iden3's .r1cs and .sym, with a table of where constraints go. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { costTable, lowerArtifact, type NoirArtifact, printCostTable } from '../../index.ts';
import { FILES, writeCircuit } from '../build-folder.ts';
import { type Context, listenerFor } from '../context.ts';
import { readJson } from '../files.ts';
import { formatCount } from '../reporter.ts';

export function addConvert(program: Command, contextOf: () => Context): void {
  program
    .command('convert')
    .argument('<artifact.json>', 'what `nargo compile` wrote, Noir 0.25 to 1.0.0-beta.26')
    .description('any Noir artifact to R1CS')
    .requiredOption('-o, --out <folder>', 'where to write circuit.r1cs, circuit.sym and costs.txt')
    .action((artifact: string, options: { out: string }) => convert(contextOf(), artifact, options.out));
}

async function convert(context: Context, path: string, folder: string): Promise<void> {
  const artifact = readJson(path, 'Noir artifact') as NoirArtifact; // checked by the decoder
  const circuit = await lowerArtifact(artifact, { listener: listenerFor(context), signal: context.signal });
  writeCircuit(folder, circuit);
  const { system } = circuit.lowered;
  const { reporter } = context;
  reporter.fact('R1CS', join(folder, FILES.r1cs));
  reporter.fact('constraints', system.constraintCount, formatCount(system.constraintCount));
  reporter.fact('wires', system.wireCount, `${formatCount(system.wireCount)}, ${system.publicCount} public`);
  const costs = costTable(system);
  reporter.block(`\n${printCostTable(costs)}`, 'costs', costs);
}
