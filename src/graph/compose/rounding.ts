/** Rounding made of {@link FloorOp}: up, to the nearest, to zero; remainders. All exact on the integers of the operand. */
import type { FloorOp } from '../operators/types.ts';
import { type ComposedNode, chain, nodeSpec, type Site } from './site.ts';

/** floor((x * numerator + shift) / divisor). */
export function floorOp(numerator = 1, shift = 0, divisor = 1): FloorOp {
  return { kind: 'floor', numerator, shift, divisor };
}

/** The least whole number that is not below x: -floor(-x). */
export function ceil(site: Site): ComposedNode[] {
  return chain(site, [
    ['down', floorOp(-1)],
    ['up', floorOp(-1)], // of whole numbers: negates them
  ]);
}

/**
 * The nearest whole number, halves to the even one: floor(x + 1/2), less 1 where z = (2x - 1) / 4 is whole, which is where
 * x lies between an even number and an odd one above it; floor(z) + floor(-z) is 0 there, and -1 elsewhere.
 */
export function roundHalfToEven({ name, input }: Site): ComposedNode[] {
  const [nearest, down, up] = ['nearest', 'down', 'up'].map(part => `${name}_${part}`) as [
    string,
    string,
    string,
  ];
  const odd = `${name}_odd`;
  return [
    nodeSpec(nearest, floorOp(2, -1, 2), input), // less 1
    nodeSpec(down, floorOp(2, -1, 4), input),
    nodeSpec(up, floorOp(-2, 1, 4), input),
    nodeSpec(odd, { kind: 'add' }, down, up),
    nodeSpec(name, { kind: 'subtract' }, nearest, odd),
  ];
}

/** x / divisor with its fraction cut off: sign(x) floor(|x| / divisor). */
export function truncate({ name, input }: Site, divisor = 1): ComposedNode[] {
  const [sign, size, down] = ['sign', 'size', 'down'].map(part => `${name}_${part}`) as [
    string,
    string,
    string,
  ];
  return [
    nodeSpec(sign, { kind: 'sign' }, input),
    nodeSpec(size, { kind: 'abs' }, input),
    nodeSpec(down, floorOp(1, 0, divisor), size),
    nodeSpec(name, { kind: 'multiply' }, sign, down),
  ];
}

/** What divides: the remainder takes the divisor's sign (floor) or the dividend's (truncate). */
export interface Remainder {
  /** A positive whole number. */
  readonly divisor: number;
  readonly mode: 'floor' | 'truncate';
}

/** x - divisor * quotient. */
export function remainder(site: Site, { divisor, mode }: Remainder): ComposedNode[] {
  const quotient = { ...site, name: `${site.name}_quotient` };
  const whole = `${site.name}_whole`;
  return [
    ...(mode === 'floor'
      ? [nodeSpec(quotient.name, floorOp(1, 0, divisor), site.input)]
      : truncate(quotient, divisor)),
    nodeSpec(whole, floorOp(divisor), quotient.name), // a product by a whole number is not rounded as a weight is
    nodeSpec(site.name, { kind: 'subtract' }, site.input, whole),
  ];
}
