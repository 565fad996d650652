/**
 * ONNX-ML's support vector machines: any number of classes (one against one, by votes), regressors, one class. The kernel
 * of a linear machine is linear, and its support vectors add up to one; others cost a function for each support vector.
 */
import { floatsAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import {
  type Call,
  constant,
  malformedNode,
  type OperatorImporter,
  part,
  range,
  unsupported,
  type Value,
  type Variable,
} from '../context.ts';
import { classify, featuresOf, linearScores, transformScores } from './classic.ts';
import { power } from './elementwise.ts';
import { denseOnLast } from './linear.ts';

interface Machine {
  readonly vectors: readonly number[];
  readonly coefficients: readonly number[];
  readonly rho: readonly number[];
}

function readMachine(call: Call): Machine {
  return {
    vectors: floatsAttribute(call, 'support_vectors') ?? [],
    coefficients: floatsAttribute(call, 'coefficients') ?? [],
    rho: floatsAttribute(call, 'rho') ?? [0],
  };
}

/** The kernel of x with each support vector: [1, vectors]. */
function kernelsOf(call: Call, x: Variable, { vectors }: Machine): Variable {
  const kernel = stringAttribute(call, 'kernel_type', 'LINEAR');
  const [gamma = 0, shift = 0, degree = 0] = floatsAttribute(call, 'kernel_params') ?? [];
  const features = x.dims[1] ?? 1;
  const count = vectors.length / features;
  const products = (factor: number, bias: (vector: number) => number): Variable =>
    denseOnLast(call, x, {
      inputs: features,
      units: count,
      weights: Float32Array.from(
        range(features * count),
        i => factor * (vectors[(i % count) * features + Math.floor(i / count)] ?? 0),
      ),
      bias: Float32Array.from(range(count), bias),
    });
  switch (kernel) {
    case 'LINEAR':
      return products(1, () => 0);
    case 'POLY':
      return power(
        call,
        products(gamma, () => shift),
        degree,
      );
    case 'SIGMOID':
      return part(call, 'Tanh', [products(gamma, () => shift)]) as Variable; // of a variable
    case 'RBF': {
      const squared = (vector: number): number =>
        range(features).reduce((sum, f) => sum + (vectors[vector * features + f] ?? 0) ** 2, 0);
      // -gamma |x - s|^2 = 2 gamma x s - gamma |s|^2 - gamma |x|^2
      const lines = products(2 * gamma, vector => -gamma * squared(vector));
      const length = part(call, 'ReduceSumSquare', [x, constant('int64', [1], [1])]);
      const distances = part(call, 'Sub', [
        lines,
        part(call, 'Mul', [length, constant('float32', [], [gamma])]),
      ]);
      return part(call, 'Exp', [distances]) as Variable; // of a variable
    }
    default:
      throw malformedNode(call, `has the kernel ${kernel}; LINEAR, POLY, RBF and SIGMOID exist`);
  }
}

export const importSvmRegressor: OperatorImporter = call => {
  const x = featuresOf(call);
  const machine = readMachine(call);
  const sum =
    machine.vectors.length === 0
      ? linearScores(call, x, machine.coefficients, machine.rho)
      : linearScores(call, kernelsOf(call, x, machine), machine.coefficients, machine.rho);
  if (intAttribute(call, 'one_class', 0) === 0) return [transformScores(call, sum)];
  // 1 for the class, -1 for what is outside
  const isInside = part(call, 'Greater', [sum, constant('float32', [1, 1], [0])]);
  const doubled = part(call, 'Mul', [isInside, constant('float32', [], [2])]);
  return [part(call, 'Sub', [doubled, constant('float32', [], [1])])];
};

export const importSvmClassifier: OperatorImporter = call => {
  const x = featuresOf(call);
  const machine = readMachine(call);
  const perClass = intsAttribute(call, 'vectors_per_class') ?? [];
  const isOneAgainstOne = machine.vectors.length > 0 && perClass.length >= 2;
  if (!isOneAgainstOne) {
    const kernels = machine.vectors.length === 0 ? x : kernelsOf(call, x, machine);
    const width = kernels.dims[1] ?? 1;
    const count = machine.coefficients.length / width;
    const rho = range(count).map(i => machine.rho[i] ?? machine.rho[0] ?? 0);
    return classify(call, linearScores(call, kernels, machine.coefficients, rho), { isProbability: false });
  }
  const decisions = decisionsOf(call, x, machine, perClass);
  return perClass.length === 2 ? twoClasses(call, decisions) : byVotes(call, decisions, perClass.length);
};

/** Pairs of classes, in the order of their decisions. */
function pairsOf(classes: number): [first: number, second: number][] {
  return range(classes).flatMap(i => range(classes - i - 1).map((k): [number, number] => [i, i + 1 + k]));
}

/** One decision for each pair of classes, positive for the first: [1, pairs]. */
function decisionsOf(call: Call, x: Variable, machine: Machine, perClass: readonly number[]): Variable {
  const total = perClass.reduce((sum, count) => sum + count, 0);
  const owners = perClass.flatMap((count, owner) => range(count).map(() => owner));
  const pairs = pairsOf(perClass.length);
  const coefficients = pairs.flatMap(([first, second]) =>
    range(total).map(vector => {
      const owner = owners[vector];
      if (owner === first) return machine.coefficients[(second - 1) * total + vector] ?? 0;
      return owner === second ? (machine.coefficients[first * total + vector] ?? 0) : 0;
    }),
  );
  return linearScores(call, kernelsOf(call, x, machine), coefficients, machine.rho);
}

/** The label follows from the decision, even where there are calibrated probabilities. */
function twoClasses(call: Call, decision: Variable): readonly Value[] {
  const turned = part(call, 'Neg', [decision]) as Variable; // of a variable
  const [label = turned] = call.usedOutputs[0]
    ? classify({ ...call, usedOutputs: [true, false] }, turned, { isProbability: false })
    : [];
  const [a, b] = [floatsAttribute(call, 'prob_a')?.[0], floatsAttribute(call, 'prob_b')?.[0]];
  if (a === undefined || b === undefined) {
    // the scores are given as those of the second class, all the same
    const [, scores = decision] = classify({ ...call, usedOutputs: [false, true] }, decision, {
      isProbability: false,
    });
    return [label, scores];
  }
  // the first class has probability 1 / (1 + exp(a * decision + b))
  const line = denseOnLast(call, decision, {
    inputs: 1,
    units: 2,
    weights: Float32Array.of(-a, a),
    bias: Float32Array.of(-b, b),
  });
  return [label, part(call, 'Sigmoid', [line])];
}

/** The class with most votes; each pair of classes has one. */
function byVotes(call: Call, decisions: Variable, classes: number): readonly Value[] {
  if (call.usedOutputs[1] && (floatsAttribute(call, 'prob_a')?.length ?? 0) > 0) {
    throw unsupported(
      call,
      `gives calibrated probabilities of ${classes} classes`,
      'Import its label only: option outputs.',
    );
  }
  if (!call.usedOutputs[0]) return [decisions, decisions];
  const pairs = pairsOf(classes);
  const isFirst = part(call, 'Greater', [decisions, constant('float32', [1, 1], [0])]) as Variable; // of a variable
  const weights = new Float32Array(pairs.length * classes).map((_, i) => {
    const [first, second] = pairs[Math.floor(i / classes)] ?? [0, 0];
    const owner = i % classes;
    return owner === first ? 1 : owner === second ? -1 : 0;
  });
  const bias = new Float32Array(classes).map(
    (_, owner) => pairs.filter(([, second]) => second === owner).length,
  );
  const votes = denseOnLast(call, isFirst, { inputs: pairs.length, units: classes, weights, bias });
  const [label] = classify({ ...call, usedOutputs: [true, false] }, votes, { isProbability: false });
  return [label ?? votes, decisions];
}
