/** Files that Keras 3.15.1 itself wrote (fixtures/models/keras): our network says of an input what Keras said of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { kerasToTfjs } from '../../../converters/keras-to-tfjs/index.ts';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { evaluateGraph, nodeOf } from '../../../src/graph/index.ts';

interface Cases {
  readonly keras: string;
  readonly cases: Readonly<Record<string, { readonly input: number[]; readonly output: number[] }>>;
}

const FOLDER = new URL('../../../fixtures/models/keras/', import.meta.url);
const { keras, cases } = JSON.parse(readFileSync(new URL('cases.json', FOLDER), 'utf8')) as Cases;
/** Keras computes in 32 bits. */
const TOLERANCE = 2e-6;

describe(`a model that Keras ${keras} saved`, () => {
  for (const [name, { input, output }] of Object.entries(cases)) {
    for (const form of ['keras', 'h5']) {
      it(`says the same here: ${name}.${form}`, async () => {
        const bytes = new Uint8Array(readFileSync(new URL(`${name}.${form}`, FOLDER)));
        const graph = tfjsToGraph(await kerasToTfjs(bytes), { softmax: 'keep' });
        const shape = nodeOf(graph, graph.inputs[0] as (typeof graph.inputs)[number]).shape;
        const [found] = evaluateGraph(graph, [{ shape, data: Float64Array.from(input) }]);
        assert.ok(found);
        assert.equal(found.data.length, output.length);
        const worst = Math.max(...output.map((value, i) => Math.abs(value - (found.data[i] ?? Number.NaN))));
        assert.ok(worst < TOLERANCE, `differs by ${worst}: ${Array.from(found.data)} for ${output}`);
      });
    }
  }
});
