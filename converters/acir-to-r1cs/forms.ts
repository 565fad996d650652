/**
 * Linear forms over the signals of one template: what gadgets calculate with. A form costs no constraint.
 *
 * A *signal* is a place for a value while an ACIR function is being lowered: the constant one (signal 0), an ACIR
 * witness, or an auxiliary value. Signals become wires, or vanish, when the whole program is assembled and simplified.
 */
import { invertOrZero, mod } from '../../src/field/index.ts';

/** sum coefficients[i] * signals[i]; signals are distinct (in no order), coefficients canonical and not zero. */
export interface Form {
  readonly signals: readonly number[];
  readonly coefficients: readonly bigint[];
}

/** The signal that is always one. */
export const ONE_SIGNAL = 0;

/** The form 0. */
export const ZERO_FORM: Form = { signals: [], coefficients: [] };
/** The form 1. */
export const ONE_FORM: Form = { signals: [ONE_SIGNAL], coefficients: [1n] };

/** Returns the form of a constant. */
export function constantForm(prime: bigint, value: bigint): Form {
  const canonical = mod(value, prime);
  return canonical === 0n ? ZERO_FORM : { signals: [ONE_SIGNAL], coefficients: [canonical] };
}

/** Returns the form of one signal. */
export function signalForm(signal: number): Form {
  return { signals: [signal], coefficients: [1n] };
}

/** Returns the value of a form without signals, or undefined. */
export function constantOf(form: Form): bigint | undefined {
  if (form.signals.length === 0) return 0n;
  return form.signals.length === 1 && form.signals[0] === ONE_SIGNAL ? form.coefficients[0] : undefined;
}

/** Returns the signal that the form is, exactly, or undefined. */
export function signalOf(form: Form): number | undefined {
  const [signal] = form.signals;
  return form.signals.length === 1 && form.coefficients[0] === 1n && signal !== ONE_SIGNAL
    ? signal
    : undefined;
}

/** Returns factor * form. */
export function scaleForm(prime: bigint, form: Form, factor: bigint): Form {
  const canonical = mod(factor, prime);
  if (canonical === 0n) return ZERO_FORM;
  if (canonical === 1n) return form;
  return { signals: form.signals, coefficients: form.coefficients.map(value => (value * canonical) % prime) };
}

/** Returns the sum of forms. */
export function addForms(prime: bigint, ...forms: readonly Form[]): Form {
  return combineForms(
    prime,
    forms.map(form => ({ form, factor: 1n })),
  );
}

/** Returns left - right. */
export function subtractForms(prime: bigint, left: Form, right: Form): Form {
  return combineForms(prime, [
    { form: left, factor: 1n },
    { form: right, factor: -1n },
  ]);
}

/** A form times a factor (any integer). */
interface FormTerm {
  readonly form: Form;
  readonly factor: bigint;
}

/** Terms up to which looking through a list is faster than a map. */
const LISTED_TERMS = 12;

/** sum factor * form. */
export function combineForms(prime: bigint, terms: readonly FormTerm[]): Form {
  let count = 0;
  for (const { form } of terms) count += form.signals.length;
  return count <= LISTED_TERMS ? combineFew(prime, terms) : combineMany(prime, terms);
}

/** Signals in the order of {@link combineMany}: as they first come. */
function combineFew(prime: bigint, terms: readonly FormTerm[]): Form {
  const signals: number[] = [];
  const sums: bigint[] = [];
  for (const { form, factor } of terms) {
    for (let i = 0; i < form.signals.length; i++) {
      const signal = form.signals[i] as number;
      const coefficient = form.coefficients[i] as bigint;
      const term = factor === 1n ? coefficient : factor * coefficient;
      const place = signals.indexOf(signal);
      if (place >= 0) sums[place] = (sums[place] as bigint) + term;
      else {
        signals.push(signal);
        sums.push(term);
      }
    }
  }
  let isShorter = false;
  for (let i = 0; i < sums.length; i++) {
    const canonical = reduced(prime, sums[i] as bigint);
    sums[i] = canonical;
    isShorter ||= canonical === 0n;
  }
  if (!isShorter) return { signals, coefficients: sums };
  return {
    signals: signals.filter((_, i) => sums[i] !== 0n),
    coefficients: sums.filter(value => value !== 0n),
  };
}

function combineMany(prime: bigint, terms: readonly FormTerm[]): Form {
  const sum = new Map<number, bigint>();
  for (const { form, factor } of terms) {
    form.signals.forEach((signal, index) => {
      const coefficient = form.coefficients[index] ?? 0n;
      const term = factor === 1n ? coefficient : factor * coefficient;
      const before = sum.get(signal);
      sum.set(signal, before === undefined ? term : before + term);
    });
  }
  return formOfMap(prime, sum);
}

/** Reads a form off a map from signal to coefficient (any integers). */
export function formOfMap(prime: bigint, sum: ReadonlyMap<number, bigint>): Form {
  const signals: number[] = [];
  const coefficients: bigint[] = [];
  for (const [signal, value] of sum) {
    const canonical = reduced(prime, value);
    if (canonical === 0n) continue;
    signals.push(signal);
    coefficients.push(canonical);
  }
  return { signals, coefficients };
}

/** Sums and differences of two elements need no division. */
function reduced(prime: bigint, value: bigint): bigint {
  if (value < 0n) return value >= -prime ? value + prime : mod(value, prime);
  if (value < prime) return value;
  const less = value - prime;
  return less < prime ? less : mod(value, prime);
}

/** Divides a form by a non-zero constant. */
export function divideForm(prime: bigint, form: Form, divisor: bigint): Form {
  return scaleForm(prime, form, invertOrZero(divisor, prime));
}

/** A text that equal forms share, whatever the order of their terms. */
export function formKey(form: Form): string {
  return form.signals
    .map((signal, index) => `${signal}:${form.coefficients[index]}`)
    .sort()
    .join(' ');
}
