/** Trees as layers: the questions, then a function a tree. */
import {
  isFolded,
  type QuantQuestions,
  type QuantTree,
  type QuantTreeEnsembleOp,
  questionCount,
} from '../../quantize/index.ts';
import { inputShapeOf } from '../module-parts.ts';
import { arrayLiteral, count, functionText, globalArray, tensorType } from '../source.ts';
import type { LayerDefinition } from './definition.ts';

export const treeEnsemble: LayerDefinition<QuantTreeEnsembleOp> = {
  summary: op => `${count(op.trees.length, 'decision tree')} with ${count(questionCount(op), 'question')}`,
  gadget: 'question',
  module: (layer, op) => {
    const input = tensorType(inputShapeOf(layer));
    const answers = tensorType([questionCount(op)]);
    const tables = isFolded(op.outputs) ? [] : op.trees.map((tree, i) => leafTable(tree, op.outputs, i));
    const forward = functionText({
      doc: ['Computes the layer: the sum of the leaves that the trees reach.'],
      visibility: 'pub ',
      name: 'forward',
      parameters: [{ name: 'input', type: input }],
      returns: tensorType([op.outputs]),
      body: [
        ...(op.trees.length > 0 ? ['    let yes = answers(input);'] : []),
        `    ${op.trees.length > 0 ? 'let mut sums' : 'let sums'} = ${arrayLiteral(op.base.map(String), '    let mut sums = ')};`,
        ...op.trees.map((_, i) => `    sums = add(sums, tree_${i}(yes));`),
        '    sums',
      ],
    });
    const trees = op.trees.map((tree, i) =>
      functionText({
        doc: [
          `Tree ${i}: ${count(tree.questions.filter(question => question < 0).length, 'leaf', 'leaves')}.`,
        ],
        name: `tree_${i}`,
        parameters: [{ name: 'yes', type: answers }],
        returns: tensorType([op.outputs]),
        body: isFolded(op.outputs) ? foldedBody(tree) : pathBody(tree, op.outputs, i),
      }),
    );
    return {
      functions: [forward, ...(op.trees.length > 0 ? [answersText(op, input, answers)] : []), ...trees],
      weightNames: tables.map(({ name }) => name),
      weights: tables.map(({ text }) => text),
    };
  },
};

/** 1 for each question whose answer is yes, by feature, then threshold. */
function answersText(op: QuantTreeEnsembleOp, input: string, returns: string): string {
  const lines = op.questions.map(questions => `    let x_${questions.feature} = ${askText(questions)};`);
  const items = op.questions.flatMap(({ feature, thresholds }) =>
    thresholds.map((_, i) => `x_${feature}[${i}]`),
  );
  return functionText({
    doc: ['Whether each feature is at most each of its thresholds: 1 for yes, 0 for no.'],
    name: 'answers',
    parameters: [{ name: 'input', type: input }],
    returns,
    body: [...lines, `    ${arrayLiteral(items, '    ')}`],
  });
}

function askText({ feature, thresholds, method, bits, low, high }: QuantQuestions): string {
  if (method === 'bucket') {
    const prefix = `    let x_${feature} = at_most_each::<${bits}, _>(input[${feature}], `;
    return `at_most_each::<${bits}, _>(input[${feature}], ${arrayLiteral(thresholds.map(String), prefix)}, ${low}, ${high})`;
  }
  const items = thresholds.map(threshold => `at_least::<${bits}>(${threshold}, input[${feature}])`);
  return arrayLiteral(items, `    let x_${feature} = `);
}

/** From the leaves up: an answer chooses between what its two sides are worth. */
function foldedBody(tree: QuantTree): string[] {
  const lines: string[] = [];
  const worth = (node: number): string =>
    (tree.questions[node] ?? -1) < 0 ? `${tree.values[node] ?? 0n}` : `node_${node}`;
  for (let node = tree.questions.length - 1; node >= 0; node--) {
    const question = tree.questions[node] ?? -1;
    if (question < 0) continue;
    const sides = `${worth(tree.yes[node] ?? 0)}, ${worth(tree.no[node] ?? 0)}`;
    lines.push(`    let node_${node} = choose(yes[${question}], ${sides});`);
  }
  return [...lines, `    [${worth(0)}]`];
}

/** From the root down: 1 on the path that the answers take. */
function pathBody(tree: QuantTree, outputs: number, index: number): string[] {
  const lines: string[] = [];
  const paths = ['1'];
  const leaves: string[] = [];
  for (const [node, question] of tree.questions.entries()) {
    const path = paths[node] ?? '1';
    if (question < 0) {
      leaves.push(path);
      continue;
    }
    const answer = `yes[${question}]`;
    lines.push(`    let yes_${node} = ${path === '1' ? answer : `${path} * ${answer}`};`);
    lines.push(`    let no_${node} = ${path} - yes_${node};`);
    paths[tree.yes[node] ?? 0] = `yes_${node}`;
    paths[tree.no[node] ?? 0] = `no_${node}`;
  }
  return [
    ...lines,
    `    let leaves = ${arrayLiteral(leaves, '    let leaves = ')};`,
    `    let mut sums = [0; ${outputs}];`,
    `    for i in 0..${leaves.length} {`,
    `        for k in 0..${outputs} {`,
    `            sums[k] += TREE_${index}[i][k] * leaves[i];`,
    '        }',
    '    }',
    '    sums',
  ];
}

function leafTable(tree: QuantTree, outputs: number, index: number): { name: string; text: string } {
  const leaves = tree.questions.flatMap((question, node) => (question < 0 ? [node] : []));
  const name = `TREE_${index}`;
  const table = globalArray(name, [leaves.length, outputs], i =>
    String(tree.values[(leaves[Math.floor(i / outputs)] ?? 0) * outputs + (i % outputs)] ?? 0n),
  );
  return { name, text: `/// What each leaf of tree ${index} adds to each output.\n${table}` };
}
