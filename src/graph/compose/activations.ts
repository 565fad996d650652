/** Piecewise linear activations made of capped ReLUs and constants. */
import { InternalError } from '../../errors.ts';
import { type ComposedNode, chain, nodeSpec, type Site } from './site.ts';

/** min(max(x, low), high): shifted so that `low` is 0, capped, shifted back. */
export function clip(site: Site, low: number, high: number): ComposedNode[] {
  if (!(low < high)) throw new InternalError(`Clip '${site.name}' has the bounds ${low} and ${high}.`);
  const cap = Number.isFinite(high - low) ? { max: high - low } : {};
  if (low === Number.NEGATIVE_INFINITY) return clipAbove(site, high);
  if (low === 0) return [nodeSpec(site.name, { kind: 'relu', ...cap }, site.input)];
  return chain(site, [
    ['from', { kind: 'scale', factor: 1, shift: -low }],
    ['cut', { kind: 'relu', ...cap }],
    ['to', { kind: 'scale', factor: 1, shift: low }],
  ]);
}

/** min(x, high) = high - max(0, high - x). */
function clipAbove(site: Site, high: number): ComposedNode[] {
  return chain(site, [
    ['from', { kind: 'scale', factor: -1, shift: high }],
    ['cut', { kind: 'relu' }],
    ['to', { kind: 'scale', factor: -1, shift: high }],
  ]);
}

/** Slope and value at 0 of a hard sigmoid: 0.2 and 0.5 in older Keras and ONNX, 1/6 and 0.5 in newer Keras. */
export interface HardSigmoidOptions {
  readonly alpha: number;
  readonly beta: number;
}

/** min(max(alpha * x + beta, 0), 1). */
export function hardSigmoid(site: Site, { alpha, beta }: HardSigmoidOptions): ComposedNode[] {
  return chain(site, [
    ['line', { kind: 'scale', factor: alpha, shift: beta }],
    ['cut', { kind: 'relu', max: 1 }],
  ]);
}

/** x * hard-sigmoid(x), with slope 1/6. */
export function hardSwish(site: Site): ComposedNode[] {
  const gate = `${site.name}_gate`;
  return [
    ...hardSigmoid({ ...site, name: gate }, { alpha: 1 / 6, beta: 0.5 }),
    nodeSpec(site.name, { kind: 'multiply' }, site.input, gate),
  ];
}
