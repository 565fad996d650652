/** A cursor over one line of the text form: what it expects is there, or an error names line, column and the wish. */
import { BionoirError } from '../errors.ts';

/** Reads one line from left to right; spaces after what it takes are skipped. */
export class TextCursor {
  readonly #line: string;
  readonly #number: number;
  #at = 0;

  /** @param number of the line, counted from 1 */
  constructor(line: string, number: number) {
    this.#line = line;
    this.#number = number;
    this.#skipSpace();
  }

  /** Whether `sign` comes next. */
  sees(sign: string): boolean {
    return this.#line.startsWith(sign, this.#at);
  }

  /** Steps over `sign` if it comes next. */
  takes(sign: string): boolean {
    if (!this.sees(sign)) return false;
    this.#at += sign.length;
    this.#skipSpace();
    return true;
  }

  /** Steps over `sign`, which must come next. */
  expect(sign: string): void {
    if (!this.takes(sign)) throw this.fail(`'${sign}'`);
  }

  /** Steps over what a sticky pattern matches and gives it; `wish` says what it is. */
  match(pattern: RegExp, wish: string): string {
    const found = this.tryMatch(pattern);
    if (found === undefined) throw this.fail(wish);
    return found;
  }

  /** As {@link match}, or undefined when the pattern does not match here. */
  tryMatch(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#skipSpace();
    return found;
  }

  /** Items up to `close`, after which the cursor stands. */
  until<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.takes(close)) items.push(item());
    return items;
  }

  /** The line must end here. */
  end(): void {
    if (this.#at < this.#line.length) throw this.fail('the end of the line');
  }

  fail(wish: string): BionoirError {
    const MAX_QUOTE = 24;
    const found = this.#line.slice(this.#at, this.#at + MAX_QUOTE) || 'the end of the line';
    const where = `line ${this.#number}, column ${this.#at + 1}`;
    return new BionoirError(
      'MALFORMED_PROGRAM',
      `ACIR text at ${where}: expected ${wish}, found '${found}'.`,
      {
        details: { line: this.#number, column: this.#at + 1, wish },
        location: where,
      },
    );
  }

  #skipSpace(): void {
    while (this.#line[this.#at] === ' ' || this.#line[this.#at] === '\t') this.#at++;
  }
}
