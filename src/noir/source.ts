/**
 * Pieces of Noir source, laid out as `nargo fmt` lays them out: lines of at most 100 characters, steps of four spaces,
 * arrays on one line when they fit, else short elements (up to 10 characters) side by side and long ones a line each.
 */
import type { Shape } from '../quantize/types.ts';

/** A nested array of expressions. */
export type ArrayText = string | readonly ArrayText[];

const MAX_WIDTH = 100;
const SHORT_ELEMENT = 10;
const STEP = '    ';

/** The type of a tensor: [28, 28, 1] is [[[Field; 1]; 28]; 28]. */
export function tensorType(shape: Shape, element = 'Field'): string {
  return shape.reduceRight<string>((inner, size) => `[${inner}; ${size}]`, element);
}

/** A tensor of zeros. */
export function zeros(shape: Shape): string {
  return tensorType(shape, '0');
}

/** Shape for people: 28 x 28 x 1. */
export function shapeText(shape: Shape): string {
  return shape.length === 0 ? 'a number' : shape.join(' x ');
}

/** Lays out an array literal that follows `prefix` (which includes the indentation) on its line. */
export function arrayLiteral(items: readonly ArrayText[], prefix: string): string {
  const line = oneLine(items, MAX_WIDTH - prefix.length);
  if (line !== undefined) return line;
  const outer = /^ */.exec(prefix)?.[0] ?? '';
  const inner = outer + STEP;
  const lines = items.every(isShort) ? fill(items as readonly string[], inner) : stack(items, inner);
  return `[\n${lines.join('\n')}\n${outer}]`;
}

function isShort(item: ArrayText): boolean {
  return typeof item === 'string' ? item.length <= SHORT_ELEMENT : oneLine(item, SHORT_ELEMENT) !== undefined;
}

function fill(items: readonly ArrayText[], indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const item of items) {
    const text = `${typeof item === 'string' ? item : oneLine(item, SHORT_ELEMENT)},`;
    if (line !== indent && line.length + 1 + text.length > MAX_WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? text : ` ${text}`;
  }
  lines.push(line);
  return lines;
}

function stack(items: readonly ArrayText[], indent: string): string[] {
  return items.map(item => `${indent}${typeof item === 'string' ? item : arrayLiteral(item, indent)},`);
}

/** The array on one line, or undefined when it is wider than allowed. */
function oneLine(items: readonly ArrayText[], width: number): string | undefined {
  let text = '[';
  for (const [index, item] of items.entries()) {
    if (index > 0) text += ', ';
    const part = typeof item === 'string' ? item : oneLine(item, width - text.length);
    if (part === undefined || text.length + part.length >= width) return undefined;
    text += part;
  }
  return `${text}]`;
}

/** A row-major run of numbers as nested arrays of the given shape; `at(i)` is the i-th number's text. */
export function nested(shape: Shape, at: (index: number) => string): ArrayText {
  const build = (axis: number, offset: number): ArrayText => {
    const size = shape[axis];
    if (size === undefined) return at(offset);
    return Array.from({ length: size }, (_, index) => build(axis + 1, offset * size + index));
  };
  return build(0, 0);
}

/** A public constant array with its type. */
export function globalArray(name: string, shape: Shape, at: (index: number) => string): string {
  const prefix = `pub global ${name}: ${tensorType(shape)} = `;
  return `${prefix}${arrayLiteral(nested(shape, at) as readonly ArrayText[], prefix)};\n`;
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
}

export interface FunctionText {
  /** Lines of the doc comment. */
  readonly doc: readonly string[];
  /** `pub ` for the layer's function, `pub(crate) ` for circuits that circuits.nr names, or nothing. */
  readonly visibility?: 'pub ' | 'pub(crate) ';
  /** Whether the function is an ACIR circuit of its own. */
  readonly folded?: boolean;
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Left out when it returns nothing. */
  readonly returns?: string;
  /** Lines of the body, indented by one step already. */
  readonly body: readonly string[];
}

/** A function with its doc comment. */
export function functionText(fn: FunctionText): string {
  const lines = fn.doc.map(line => `/// ${line}`.trimEnd());
  if (fn.folded) lines.push('#[fold]');
  const parameters = fn.parameters.map(({ name, type }) => `${name}: ${type}`);
  const visibility = fn.visibility ?? (fn.folded ? 'pub(crate) ' : '');
  const head = `${visibility}fn ${fn.name}(`;
  const tail = fn.returns === undefined ? ') {' : `) -> ${fn.returns} {`;
  const line = head + parameters.join(', ') + tail;
  if (line.length <= MAX_WIDTH) lines.push(line);
  else lines.push(head, ...parameters.map(parameter => `${STEP}${parameter},`), tail);
  return [...lines, ...fn.body, '}'].join('\n');
}

/** A call as a statement, its arguments on one line or a line each; `head` has the indentation. */
export function callLines(head: string, args: readonly string[]): string[] {
  const line = `${head}(${args.join(', ')});`;
  if (line.length <= MAX_WIDTH) return [line];
  const outer = /^ */.exec(head)?.[0] ?? '';
  return [`${head}(`, ...args.map(arg => `${outer}${STEP}${arg},`), `${outer});`];
}

/** Breaks a text into comment lines; `marker` is `//!`, `///` or `//`, with the indentation before it. */
export function commentLines(marker: string, text: string): string[] {
  const lines: string[] = [];
  let line = marker;
  for (const word of text.split(' ')) {
    if (line !== marker && line.length + 1 + word.length > MAX_WIDTH) {
      lines.push(line);
      line = marker;
    }
    line += ` ${word}`;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** n things. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
