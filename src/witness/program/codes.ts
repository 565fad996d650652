/**
 * The codes of compiled witness programs (.bwp; docs/witness.md): positions in these lists, which native/src/
 * witness_program.h has in the same order.
 */

/** Instructions of ACIR functions. */
export const OPS = [
  'check',
  'solve',
  'solve-scaled',
  'solve-ratio',
  'range',
  'and',
  'xor',
  'memory-init',
  'memory-read',
  'memory-check',
  'memory-write',
  'brillig',
  'calls',
  'radix',
  'black-box',
  'hint',
  'stop',
] as const;
export type Op = (typeof OPS)[number];

/** Black boxes that engines have; a program with others is run by the reference machine. */
export const BLACK_BOXES = ['poseidon2-permutation', 'sha256-compression', 'keccakf1600'] as const;

/** Unconstrained functions of the library for networks that engines know by heart; see hints.ts. */
export const HINTS = ['positive-part', 'quotient', 'not-negative'] as const;
export type Hint = (typeof HINTS)[number];

/** Instructions of unconstrained functions. */
export const BRILLIG_OPS = [
  'field-add',
  'field-sub',
  'field-mul',
  'field-div',
  'field-integer-div',
  'field-eq',
  'field-lt',
  'field-lte',
  'int-add',
  'int-sub',
  'int-mul',
  'int-div',
  'int-eq',
  'int-lt',
  'int-lte',
  'int-and',
  'int-or',
  'int-xor',
  'int-shl',
  'int-shr',
  'int-signed-div',
  'not',
  'cast',
  'jump-if-not',
  'jump-if',
  'jump',
  'calldata-copy',
  'call',
  'const',
  'indirect-const',
  'return',
  'mov',
  'conditional-mov',
  'load',
  'store',
  'black-box',
  'trap',
  'stop',
  'unsupported',
] as const;
export type BrilligOp = (typeof BRILLIG_OPS)[number];

/** Black boxes of unconstrained functions. */
export const BRILLIG_BOXES = [
  'to-radix',
  'poseidon2-permutation',
  'sha256-compression',
  'keccakf1600',
] as const;

/** Why an engine stopped. */
export const STOP_REASONS = [
  'none',
  'unsatisfied',
  'range',
  'index',
  'predicate',
  'brillig',
  'ratio',
  'unsupported',
  'step-limit',
  'radix',
  'memory',
] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** No form, no entry. */
export const NONE = 0xffffffff;
/** Makes a Brillig address relative to the stack pointer. */
export const STACK_BIT = 0x80000000;

/** Flags in the first word of a form; above them the number of terms. */
export const FORM = { constant: 1, big: 2, products: 4, classShift: 3, single: 32, pairs: 64 } as const;
/** The number of terms stands above this many bits. */
export const FORM_COUNT_SHIFT = 8;
export const FORM_COUNT_MAX = 2 ** 24 - 1;

export const MAGIC = 'bwit';
/** The format of compiled witness programs; engines read this one only. */
export const VERSION = 1;
/** Sections in order; ids count from 1. */
export const SECTIONS = [
  'header',
  'constants',
  'forms',
  'functions',
  'returns',
  'code',
  'brillig',
  'brillig-code',
  'box-arguments',
  'copy-starts',
  'copies',
  'steps',
  'wire-slots',
  'lookups',
] as const;
