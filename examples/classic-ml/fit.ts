/**
 * Fits classic models to the UCI digits with the libraries that people use for it, and writes them as JSON models.
 *
 * Run: npx tsx examples/classic-ml/fit.ts (the forest takes half a minute)
 */
import { writeFileSync } from 'node:fs';
import LogisticRegression from 'ml-logistic-regression';
import { Matrix, solve } from 'ml-matrix';
import { PCA } from 'ml-pca';
import { RandomForestClassifier } from 'ml-random-forest';
import { loadDigits } from '../../fixtures/data/digits.ts';

/** Pictures as rows of grey levels 0 to 16, and their digits. */
export interface Digits {
  readonly images: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

const CLASSES = 10;
const INPUT = { features: 64, min: 0, max: 16 };

function document(name: string, steps: readonly object[]): object {
  return { format: 'bionoir-classic', version: 1, name, input: INPUT, steps, output: 'label' };
}

/** Ten principal components, then a logistic regression, one class against the rest. */
export function fitLogisticRegression({ images, labels }: Digits): object {
  const pixels = new Matrix(images.map(row => [...row]));
  const pca = new PCA(pixels);
  const count = 10;
  const mean = pixels.mean('column');
  const components = pca.getEigenvectors().transpose().to2DArray().slice(0, count);
  const variances = pca.getEigenvalues().slice(0, count);
  const projected = images.map(row => [
    ...components.map(
      (component, i) =>
        component.reduce((sum, value, j) => sum + value * ((row[j] ?? 0) - (mean[j] ?? 0)), 0) /
        Math.sqrt(variances[i] ?? 1),
    ),
    1, // what becomes the intercept
  ]);
  const regression = new LogisticRegression({ numSteps: 300, learningRate: 2e-3 });
  regression.train(new Matrix(projected), Matrix.columnVector([...labels]));
  // The library numbers a class 0 and the rest 1, so the class has the score of the opposite sign.
  const rows = regression.classifiers.map(({ weights }) => weights.to1DArray().map(value => -value));
  return document('digits by regression', [
    { kind: 'pca', mean, components, variances },
    {
      kind: 'logistic-regression',
      coefficients: rows.map(row => row.slice(0, count)),
      intercepts: rows.map(row => row[count] ?? 0),
    },
  ]);
}

/** A pixel that is always white has no variance; a little is added to all. */
const RIDGE = 0.1;

/** Linear discriminant analysis: x . S^-1 m - m . S^-1 m / 2 + ln p for each class, with S the covariance within classes. */
export function fitLda({ images, labels }: Digits): object {
  const classes = Array.from({ length: CLASSES }, (_, label) =>
    images.filter((_image, i) => labels[i] === label),
  );
  const means = classes.map(rows => new Matrix(rows.map(row => [...row])).mean('column'));
  const within = Matrix.eye(INPUT.features).mul(RIDGE);
  for (const [label, rows] of classes.entries()) {
    const centred = new Matrix(rows.map(row => row.map((value, j) => value - (means[label]?.[j] ?? 0))));
    within.add(centred.transpose().mmul(centred).div(images.length));
  }
  const coefficients = means.map(mean => solve(within, Matrix.columnVector(mean)).to1DArray());
  const intercepts = coefficients.map((row, label) => {
    const size = row.reduce((sum, value, j) => sum + value * (means[label]?.[j] ?? 0), 0);
    return Math.log((classes[label]?.length ?? 1) / images.length) - size / 2;
  });
  return document('digits by lda', [{ kind: 'lda', coefficients, intercepts }]);
}

/** A node of ml-cart. */
interface CartNode {
  readonly splitColumn?: number;
  readonly splitValue?: number;
  readonly left?: CartNode;
  readonly right?: CartNode;
  readonly distribution?: readonly (readonly number[])[] | Matrix;
}

/** A random forest. Every tree sees some of the pixels, numbered anew; `indexes` tells which. */
export function fitForest({ images, labels }: Digits, trees = 12, depth = 6): object {
  const forest = new RandomForestClassifier({
    seed: 7,
    maxFeatures: 0.3,
    nEstimators: trees,
    replacement: true,
    useSampleBagging: true,
    noOOB: true,
    treeOptions: { maxDepth: depth, minNumSamples: 3 },
  });
  forest.train(
    images.map(row => [...row]),
    [...labels],
  );
  const { estimators = [], indexes = [] } = forest;
  return document('digits by a forest', [
    {
      kind: 'random-forest',
      outputs: CLASSES,
      trees: estimators.map(({ root }, i) => treeOf(root as CartNode, indexes[i] ?? [])),
    },
  ]);
}

/** The library asks x < value; grey levels are whole, so that is x <= ceil(value) - 1. */
function treeOf(node: CartNode, columns: readonly number[]): object {
  const { left, right, splitColumn = 0, splitValue = 0 } = node;
  if (left !== undefined && right !== undefined)
    return {
      feature: columns[splitColumn],
      threshold: Math.ceil(splitValue) - 1,
      yes: treeOf(left, columns),
      no: treeOf(right, columns),
    };
  const shares =
    node.distribution instanceof Matrix ? node.distribution.to1DArray() : (node.distribution?.[0] ?? []);
  // A tree votes with one voice for its most frequent class, as the library counts.
  const vote = shares.indexOf(Math.max(...shares));
  return { values: Array.from({ length: CLASSES }, (_, k) => (k === vote ? 1 : 0)) };
}

/** The digits that models are fitted to. */
export function trainingDigits(): Digits {
  const { images, labels } = loadDigits().train;
  return { images: images.map(image => Array.from(image)), labels };
}

if (process.argv[1] === import.meta.filename) {
  const digits = trainingDigits();
  const models = {
    lda: fitLda(digits),
    regression: fitLogisticRegression(digits),
    forest: fitForest(digits),
  };
  for (const [name, model] of Object.entries(models)) {
    writeFileSync(new URL(`./models/${name}.json`, import.meta.url), `${JSON.stringify(model)}\n`);
    console.log(`examples/classic-ml/models/${name}.json`);
  }
}
