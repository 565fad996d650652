/** What the example uses of a library that has no types of its own. */
declare module 'ml-logistic-regression' {
  import type { Matrix } from 'ml-matrix';

  // biome-ignore lint/style/noDefaultExport: the library has one
  export default class LogisticRegression {
    constructor(options: { readonly numSteps: number; readonly learningRate: number });
    readonly classifiers: readonly { readonly weights: Matrix }[];
    train(features: Matrix, labels: Matrix): void;
  }
}
