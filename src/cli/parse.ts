/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError of the parser for anything but a number or a fraction. */
export function parseReal(text: string): number {
  const quotient = text.split('/').map(Number);
  const value =
    quotient.length === 2 ? (quotient[0] ?? Number.NaN) / (quotient[1] ?? Number.NaN) : Number(text);
  if (text.trim() === '' || quotient.length > 2 || !Number.isFinite(value)) {
    throw new InvalidArgumentError('Write a number, or a fraction such as 1/255.');
  }
  return value;
}

/** @throws InvalidArgumentError of the parser for anything but a whole number from 0 up. */
export function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
